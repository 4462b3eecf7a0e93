using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Resolving;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Resolving;

public class VisitorCookiesTests(Azurite azurite)
{
    private const string Id = "0000000000A";

    [Theory]
    [InlineData(VisitorCookie.Off, "", null, false, false)]
    [InlineData(VisitorCookie.Off, "sl_v=" + Id, null, false, false)]
    [InlineData(VisitorCookie.Ask, "", null, true, false)]
    [InlineData(VisitorCookie.Ask, "sl_v=" + Id, 10ul, false, false)]
    [InlineData(VisitorCookie.Ask, "sl_c=no", null, false, false)]
    [InlineData(VisitorCookie.Ask, "sl_v=" + Id + "; sl_c=no", null, false, false)]
    [InlineData(VisitorCookie.Ask, "sl_c=maybe", null, true, false)]
    [InlineData(VisitorCookie.On, "", null, false, true)]
    [InlineData(VisitorCookie.On, "sl_v=" + Id, 10ul, false, false)]
    [InlineData(VisitorCookie.On, "sl_c=no", null, false, false)]
    [InlineData(VisitorCookie.On, "other=x; sl_v=LygHa16AHYF", ulong.MaxValue, false, false)]
    [InlineData(VisitorCookie.On, "sl_v=LygHa16AHYG", null, false, true)] // 2^64
    [InlineData(VisitorCookie.On, "sl_v=0000000000", null, false, true)]
    [InlineData(VisitorCookie.On, "sl_v=00000-00000", null, false, true)]
    [InlineData(VisitorCookie.On, "sl_v=", null, false, true)]
    public void The_mode_and_the_cookies_decide(VisitorCookie mode, string cookies, ulong? id, bool mayAsk, bool mayIssue)
    {
        var wish = new VisitorWish(id, mayAsk, mayIssue);
        Assert.Equal(wish, New(mode).Read(Request(cookies)));
        Assert.Equal(wish, New(mode).Read(Request(cookies, ("Sec-GPC", "0"), ("DNT", "0"))));
    }

    public static TheoryData<VisitorCookie, string, string> Objections()
    {
        var data = new TheoryData<VisitorCookie, string, string>();
        foreach (var mode in Enum.GetValues<VisitorCookie>())
        {
            foreach (var cookies in new[] { "", "sl_v=" + Id, "sl_c=no" })
            {
                data.Add(mode, cookies, "Sec-GPC");
                data.Add(mode, cookies, "DNT");
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Objections))]
    public void A_browser_that_objects_has_refused_in_every_mode(VisitorCookie mode, string cookies, string header)
    {
        var http = Request(cookies, (header, "1"));
        Assert.Equal(default, New(mode).Read(http));
        New(mode).Answer(http, mayRemember: true);
        New(mode).Answer(http, mayRemember: false);
        Assert.Empty(SetCookies(http));
    }

    [Theory]
    [InlineData("https://s.example", true)]
    [InlineData("http://localhost:7071", false)]
    public void An_issued_number_is_read_again_from_a_cookie_that_no_script_and_no_other_site_gets(string address, bool isSecure)
    {
        var cookies = New(VisitorCookie.On, address);
        var http = Request("");
        var id = cookies.Issue(http);
        var set = Assert.Single(SetCookies(http));
        Assert.Matches($"^sl_v=[0-9A-Za-z]{{11}}; max-age=15552000; path=/;{(isSecure ? " secure;" : "")} samesite=lax; httponly$", set);
        Assert.Equal(id, cookies.Read(Request(set[..set.IndexOf(';', StringComparison.Ordinal)])).Id);
        Assert.NotEqual(id, cookies.Issue(Request("")));
    }

    [Fact]
    public void Without_cookies_an_answer_sets_none()
    {
        var http = Request("");
        New(VisitorCookie.Off).Answer(http, mayRemember: true);
        New(VisitorCookie.Off).Answer(http, mayRemember: false);
        Assert.Empty(SetCookies(http));
    }

    [Fact]
    public async Task A_visitor_who_agrees_gets_a_cookie_and_may_think_again()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Visitors:Cookie"] = "Ask" });
        using var yes = await AnswerAsync(app, "yes", "/AbC3dE9kQ?from=page");
        Assert.Equal(HttpStatusCode.SeeOther, yes.StatusCode);
        Assert.Equal("/AbC3dE9kQ?from=page", yes.Headers.Location!.OriginalString);
        Assert.Equal("no-store", yes.Headers.CacheControl!.ToString());
        var id = Assert.Single(SetCookies(yes), cookie => cookie.StartsWith("sl_v=", StringComparison.Ordinal));
        Assert.DoesNotContain("secure", id, StringComparison.Ordinal);
        Assert.Contains(SetCookies(yes), cookie => cookie.StartsWith("sl_c=; expires=Thu, 01 Jan 1970", StringComparison.Ordinal));
        // Who agrees again stays the same visitor.
        using var again = await AnswerAsync(app, "yes", "/", ("Cookie", id[..16]));
        Assert.DoesNotContain(SetCookies(again), cookie => cookie.StartsWith("sl_v=", StringComparison.Ordinal));
        using var no = await AnswerAsync(app, "no", "/", ("Cookie", id[..16]));
        Assert.Contains(SetCookies(no), cookie => cookie.StartsWith("sl_v=; expires=Thu, 01 Jan 1970", StringComparison.Ordinal));
        Assert.Contains("sl_c=no; max-age=15552000; path=/; samesite=lax; httponly", SetCookies(no));
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/AbC3dE9kQ", "/AbC3dE9kQ")]
    [InlineData("/AbC3dE9kQ?a=b&c=%2F%2Fx#top", "/AbC3dE9kQ?a=b&c=%2F%2Fx#top")]
    [InlineData("/a//b", "/a//b")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("AbC3dE9kQ", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("///evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("\\\\evil.example", "/")]
    [InlineData("/a\\..\\..\\evil.example", "/")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("https:evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData(" //evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("/\n/evil.example", "/")]
    [InlineData("/\r\nSet-Cookie: sl_v=00000000001", "/")]
    [InlineData("/a\n", "/")]
    [InlineData("/a\0", "/")]
    [InlineData("/a\u007f", "/")]
    [InlineData("/a b", "/")]
    [InlineData("/宝贝", "/")]
    [InlineData("/a\u2028", "/")]
    public void It_leads_back_to_this_host_alone(string? back, string location) => Assert.Equal(location, ConsentEndpoints.LocalOrRoot(back));

    [Fact]
    public async Task The_way_back_has_two_hundred_characters_at_most()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var longest = "/" + new string('a', 199);
        using var kept = await AnswerAsync(app, "no", longest);
        Assert.Equal(longest, kept.Headers.Location!.OriginalString);
        foreach (var back in new[] { longest + "a", "//evil.example", "/\r\nX: y" })
        {
            using var response = await AnswerAsync(app, "no", back);
            Assert.Equal("/", response.Headers.Location!.OriginalString);
        }
    }

    [Fact]
    public async Task Only_a_page_of_this_service_s_may_answer()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Visitors:Cookie"] = "On" });
        var own = app.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        foreach (var (headers, isAllowed) in new ((string, string)[], bool)[]
        {
            ([], true),
            ([("Origin", own)], true),
            ([("Sec-Fetch-Site", "same-origin"), ("Origin", own)], true),
            ([("Sec-Fetch-Site", "same-origin"), ("Origin", "null")], true),
            ([("Sec-Fetch-Site", "cross-site"), ("Origin", own)], false),
            ([("Sec-Fetch-Site", "same-site")], false),
            ([("Sec-Fetch-Site", "none")], false),
            ([("Origin", "https://evil.example")], false),
            ([("Origin", "null")], false),
        })
        {
            using var response = await AnswerAsync(app, "yes", "/", headers);
            Assert.Equal(isAllowed ? HttpStatusCode.SeeOther : HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Equal(isAllowed, SetCookies(response).Count > 0);
            if (!isAllowed)
                Assert.Equal("foreign_page", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task What_is_no_answer_is_refused()
    {
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Visitors:Cookie"] = "Ask" });
        using var maybe = await AnswerAsync(app, "maybe", "/");
        Assert.Equal(HttpStatusCode.BadRequest, maybe.StatusCode);
        Assert.Equal("/answer", JsonNode.Parse(await maybe.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!.GetValue<string>());
        using var json = await app.Client.PostAsync(ConsentEndpoints.Path, TestApp.Json(new { answer = "yes" }));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
        using var broken = new StringContent("answer=yes");
        broken.Headers.ContentType = new("multipart/form-data");
        using var multipart = await app.Client.PostAsync(ConsentEndpoints.Path, broken);
        Assert.Equal(HttpStatusCode.BadRequest, multipart.StatusCode);
        using var many = await app.Client.PostAsync(ConsentEndpoints.Path, new FormUrlEncodedContent(Enumerable.Range(0, 2000).Select(i => KeyValuePair.Create($"a{i}", ""))));
        Assert.Equal(HttpStatusCode.BadRequest, many.StatusCode);
        Assert.All([maybe, json, multipart, many], response =>
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            Assert.Empty(SetCookies(response));
        });
    }

    private static async Task<HttpResponseMessage> AnswerAsync(TestApp app, string answer, string back, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ConsentEndpoints.Path)
        {
            Content = new FormUrlEncodedContent([new("answer", answer), new("back", back)]),
        };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await app.Client.SendAsync(request);
    }

    private static VisitorCookies New(VisitorCookie mode, string address = "https://s.example")
    {
#pragma warning disable RS0030 // A test is its own composition root.
        return new VisitorCookies(new VisitorOptions { Cookie = mode }, new PublicAddress(() => new Uri(address), []), RandomNumberGenerator.Create());
#pragma warning restore RS0030
    }

    private static DefaultHttpContext Request(string cookies, params (string Name, string Value)[] headers)
    {
        var http = new DefaultHttpContext();
        if (cookies.Length > 0)
            http.Request.Headers.Cookie = cookies;
        foreach (var (name, value) in headers)
            http.Request.Headers[name] = value;
        return http;
    }

    private static string[] SetCookies(HttpContext http) => [.. http.Response.Headers.SetCookie.OfType<string>()];

    private static IReadOnlyList<string> SetCookies(HttpResponseMessage response) => response.Headers.TryGetValues("Set-Cookie", out var cookies) ? [.. cookies] : [];
}
