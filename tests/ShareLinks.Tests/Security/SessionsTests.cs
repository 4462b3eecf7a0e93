using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Security;

/// <summary>Who may look at the dashboard, and for how long.</summary>
public class SessionsTests(Azurite azurite)
{
    private static readonly string[] Pages = ["/dashboard", "/dashboard/subject?subject=all", "/dashboard/attribution", "/dashboard/links?q=x", "/dashboard/event?type=order&id=1"];

    [Fact]
    public async Task Without_a_session_there_is_nothing_to_see()
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var page in Pages)
        {
            // An API key in the header is none.
            using var response = await app.Client.GetAsync(page);
            Assert.Equal(HttpStatusCode.Found, response.StatusCode);
            Assert.Equal("/dashboard/sign-in?to=" + Uri.EscapeDataString(page), response.Headers.Location!.OriginalString);
            Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        }
        using var signIn = await app.Client.GetAsync("/dashboard/sign-in?to=//evil.example");
        var html = await signIn.Content.ReadAsStringAsync();
        Assert.Contains("keys create --scope query", html, StringComparison.Ordinal);
        Assert.Contains("name=\"to\" value=\"/dashboard\"", html, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", signIn.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sl_abcdefghijkl_wrong", HttpStatusCode.Unauthorized, "unknown or revoked")]
    [InlineData("", HttpStatusCode.Unauthorized, "unknown or revoked")]
    [InlineData(null, HttpStatusCode.Forbidden, "lacks the scope")]
    public async Task A_wrong_key_and_one_without_query_are_told_apart(string? key, HttpStatusCode status, string problem)
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (response, cookie) = await SignInAsync(app, key ?? await KeyAsync(app, "mint", "ingest"));
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(problem, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Found, await GetAsync(app, "/dashboard", cookie ?? "none"));
    }

    [Fact]
    public async Task A_session_reads_and_changes_nothing()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (response, cookie) = await SignInAsync(app, await KeyAsync(app, "query", "admin", "mint"), "/dashboard/attribution");
        Assert.Equal((HttpStatusCode.Found, "/dashboard/attribution"), (response.StatusCode, response.Headers.Location!.OriginalString));
        var header = response.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", header, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", header, StringComparison.OrdinalIgnoreCase);
        foreach (var page in Pages[..4])
            Assert.Equal(HttpStatusCode.OK, await GetAsync(app, page, cookie!));
        // Of the API it opens what questions need, whatever else the key may do.
        Assert.Equal(HttpStatusCode.OK, await GetAsync(app, "/api/stats?subject=all&format=csv", cookie!));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(app, "/api/keys", cookie!));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(app, "/api/links", cookie!, TestApp.Json(new { listingId = "item-1" })));
        // A form of another site does not know the token.
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, "/dashboard/sign-out", cookie!, new FormUrlEncodedContent([KeyValuePair.Create("token", "guess")])));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(app, "/dashboard", cookie!));
    }

    [Fact]
    public async Task No_page_of_another_site_sends_a_form_not_even_to_sign_in()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var forms = app.Get<ShareLinks.Hosting.AppEndpoints>().All
            .Where(endpoint => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true)
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Where(path => !path.StartsWith("/api/", StringComparison.Ordinal)).ToArray();
        Assert.Contains("/dashboard/sign-in", forms);
        var cookie = (await SignInAsync(app, DevelopmentKey.Value)).Cookie!;
        var token = await TokenAsync(app, cookie);
        foreach (var path in forms)
        {
            foreach (var (name, value) in new[] { ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"), ("Origin", "null") })
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Form(("token", token), ("key", DevelopmentKey.Value), ("listingId", "item-1"), ("answer", "yes")) };
                request.Headers.Add("Cookie", cookie);
                request.Headers.TryAddWithoutValidation(name, value);
                using var answer = await app.Client.SendAsync(request);
                Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
                Assert.False(answer.Headers.Contains("Set-Cookie"));
                Assert.Contains("foreign_page", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
        foreach (var (name, value) in new[] { ("Sec-Fetch-Site", "same-origin"), ("Origin", app.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/dashboard/sign-in") { Content = Form(("key", DevelopmentKey.Value)) };
            request.Headers.Add(name, value);
            Assert.Equal(HttpStatusCode.Found, (await app.Client.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task Links_are_made_and_changed_by_one_s_own_forms_and_with_the_scope_for_it_alone()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync();
        var may = (await SignInAsync(app, await KeyAsync(app, "query", "mint"))).Cookie!;
        var mayNot = (await SignInAsync(app, await KeyAsync(app, "query"))).Cookie!;
        Assert.Equal(HttpStatusCode.Found, await PostAsync(app, "/dashboard/links", may, Form(("token", await TokenAsync(app, may)), ("listingId", "item-5"))));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, "/dashboard/links", may, Form(("token", await TokenAsync(app, mayNot)), ("listingId", "item-5"))));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, "/dashboard/links", may, Form(("listingId", "item-5"))));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, "/dashboard/links", mayNot, Form(("token", await TokenAsync(app, mayNot)), ("listingId", "item-5"))));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, "/dashboard/links/change", mayNot, Form(("token", await TokenAsync(app, mayNot)), ("code", code), ("change", "disable"))));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(app, "/dashboard/links/change", may, Form(("token", await TokenAsync(app, may)), ("code", code), ("change", "delete"))));
        Assert.Null((await app.GetJsonAsync("/api/links/" + code))["disabledAt"]);
        Assert.Equal(HttpStatusCode.Found, await PostAsync(app, "/dashboard/links/change", may, Form(("token", await TokenAsync(app, may)), ("code", code), ("change", "disable"))));
        Assert.NotNull((await app.GetJsonAsync("/api/links/" + code))["disabledAt"]);
        Assert.Single((await app.GetJsonAsync("/api/links?listingId=item-5"))["links"]!.AsArray());
    }

    [Fact]
    public async Task A_cookie_of_an_https_address_is_secure()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:BaseUrl"] = "https://s.example" });
        var (response, _) = await SignInAsync(app, DevelopmentKey.Value);
        Assert.Contains("secure", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_stolen_cookie_is_useless_after_eight_hours_after_the_end_of_all_sessions_and_without_its_key()
    {
        var time = new ShiftedTime();
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(time));
        var key = await KeyAsync(app, "query");
        var cookie = (await SignInAsync(app, key)).Cookie!;
        time.Shift = Sessions.Lifetime - TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(app, "/dashboard", cookie));
        time.Shift = Sessions.Lifetime;
        Assert.Equal(HttpStatusCode.Found, await GetAsync(app, "/dashboard", cookie));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(app, "/api/stats?subject=all", cookie));

        cookie = (await SignInAsync(app, key)).Cookie!;
        Assert.Equal(HttpStatusCode.OK, await GetAsync(app, "/dashboard", cookie));
        await app.Get<Sessions>().EndAllAsync(CancellationToken.None);
        Assert.Equal(HttpStatusCode.Found, await GetAsync(app, "/dashboard", cookie));

        cookie = (await SignInAsync(app, key)).Cookie!;
        Assert.Equal(HttpStatusCode.OK, await GetAsync(app, "/dashboard", cookie));
        await app.Client.DeleteAsync("/api/keys/" + key.Split('_')[1]);
        Assert.Equal(HttpStatusCode.Found, await GetAsync(app, "/dashboard", cookie));
    }

    [Fact]
    public async Task Whatever_is_changed_in_a_cookie_it_is_nobody_s()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var cookie = (await SignInAsync(app, DevelopmentKey.Value)).Cookie!;
        for (var place = cookie.IndexOf('=', StringComparison.Ordinal) + 1; place < cookie.Length; place++)
        {
            var changed = cookie[..place] + (cookie[place] == 'a' ? 'b' : 'a') + cookie[(place + 1)..];
            Assert.Equal(HttpStatusCode.Found, await GetAsync(app, "/dashboard", changed));
        }
        Assert.Equal(HttpStatusCode.OK, await GetAsync(app, "/dashboard", cookie));
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    /// <summary>What the forms of somebody's pages carry.</summary>
    private static async Task<string> TokenAsync(TestApp app, string cookie)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = app.Client.BaseAddress };
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        return (await client.GetStringAsync("/dashboard/links")).Split("name=\"token\" value=\"")[1].Split('"')[0];
    }

    private static async Task<string> KeyAsync(TestApp app, params string[] scopes)
    {
        using var made = await app.Client.PostAsync("/api/keys", TestApp.Json(new { name = "test", scopes }));
        return JsonNode.Parse(await made.Content.ReadAsStringAsync())!["key"]!.GetValue<string>();
    }

    private static async Task<(HttpResponseMessage Response, string? Cookie)> SignInAsync(TestApp app, string key, string to = "/dashboard")
    {
        var response = await app.Client.PostAsync("/dashboard/sign-in", new FormUrlEncodedContent([KeyValuePair.Create("key", key), KeyValuePair.Create("to", to)]));
        return (response, response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.First().Split(';')[0] : null);
    }

    private static async Task<HttpStatusCode> GetAsync(TestApp app, string path, string cookie) => await SendAsync(app, HttpMethod.Get, path, cookie, null);

    private static async Task<HttpStatusCode> PostAsync(TestApp app, string path, string cookie, HttpContent content) => await SendAsync(app, HttpMethod.Post, path, cookie, content);

    private static async Task<HttpStatusCode> SendAsync(TestApp app, HttpMethod method, string path, string cookie, HttpContent? content)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false }) { BaseAddress = app.Client.BaseAddress };
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("Cookie", cookie);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
