using System.Net;
using System.Text.RegularExpressions;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Dashboard;

/// <summary>Somebody who is signed in to the dashboard.</summary>
internal sealed partial class Person : IDisposable
{
    private readonly HttpClient client;

    private Person(TestApp app) => client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = app.Client.BaseAddress, DefaultRequestHeaders = { { "Accept-Language", "en" } } };

    public static async Task<Person> SignInAsync(TestApp app, string key)
    {
        var person = new Person(app);
        await person.PostAsync("/dashboard/sign-in", [new("key", key)]);
        return person;
    }

    /// <summary>The form that makes a lot, filled in.</summary>
    public async Task<KeyValuePair<string, string>[]> FormAsync(params (string Name, string Value)[] fields)
    {
        var page = await GetAsync("/dashboard/posters");
        return
        [
            new("token", FormToken().Match(page).Groups[1].Value), new("key", CallKey().Match(page).Groups[1].Value), new("channel", "poster"),
            .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ];
    }

    /// <summary>A page's text, with its characters as people see them.</summary>
    public async Task<string> TextAsync(string address, HttpStatusCode status = HttpStatusCode.OK) => WebUtility.HtmlDecode(await GetAsync(address, status));

    public async Task<string> GetAsync(string address, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await client.GetAsync(address);
        Assert.Equal(status, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    public async Task<(HttpStatusCode Status, string? Location, string Body)> PostAsync(string address, IEnumerable<KeyValuePair<string, string>> form)
    {
        using var response = await client.PostAsync(address, new FormUrlEncodedContent(form));
        return (response.StatusCode, response.Headers.Location?.OriginalString, await response.Content.ReadAsStringAsync());
    }

    public void Dispose() => client.Dispose();

    [GeneratedRegex("""name="token" value="([^"]+)""")]
    public static partial Regex FormToken();

    [GeneratedRegex("""name="key" value="([^"]+)""")]
    private static partial Regex CallKey();
}
