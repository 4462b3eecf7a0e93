using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using ShareLinks.Codes;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Security;

/// <summary>Whoever makes addresses up is slowed down; others, and what others open, are not.</summary>
public class MissLimiterTests(Azurite azurite)
{
    private static readonly Dictionary<string, string?> BehindEdge = new() { ["ShareLinks:ClientAddressHeader"] = "X-Forwarded-For" };

    [Fact]
    public async Task Whoever_makes_addresses_up_gets_no_further_answers_but_what_others_open_stays_open()
    {
        var prefix = azurite.NewPrefix();
        await using var first = await TestApp.StartAsync(azurite, prefix: prefix);
        var (popular, other) = (await first.MintAsync(), await first.MintCodeAsync());
        // A clock that stands still forgives nothing.
        await using var app = await TestApp.StartAsync(
            azurite, BehindEdge, services => services.AddSingleton(new MissLimiter(new ClientAddress("X-Forwarded-For", isPeerTheClient: false), new FakeTimeProvider())), prefix);
        var code = popular["code"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, "/" + code, "203.0.113.8"));
        var (made, unminted) = (0, 0);
        for (var i = 0; i < MissLimiter.Burst; i++)
        {
            // Strings that may be aliases, codes that were never minted, tokens.
            var path = (i % 3) switch { 0 => $"/made-up-{i}", 1 => "/" + first.Get<ShortCodes>().Encode(new LinkId(1_000_000 + i)), _ => "/Q/" + first.Get<PassphraseTokens>().Encode(new LinkId(1_000_000 + i)) };
            if (await OpenAsync(app, path, "203.0.113.7") == HttpStatusCode.NotFound)
                made++;
            unminted += i % 3 == 0 ? 0 : 1;
        }
        Assert.Equal((MissLimiter.Burst, 40), (made, unminted));

        using (var refused = await app.Client.SendAsync(Request("/made-up-again", "203.0.113.7")))
            Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (refused.StatusCode, refused.Headers.RetryAfter!.ToString()));
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, "/" + code, "203.0.113.7"));
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, new Uri(popular["qrUrl"]!.GetValue<string>()).AbsolutePath, "203.0.113.7"));
        Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, "/" + other, "203.0.113.8"));
        Assert.Equal(HttpStatusCode.NotFound, await OpenAsync(app, "/made-up", "203.0.113.8"));
    }

    [Fact]
    public async Task Misses_are_forgiven_one_a_second_and_links_cost_nothing()
    {
        var time = new FakeTimeProvider();
        var limiter = new MissLimiter(new ClientAddress("X-Client", isPeerTheClient: true), time);
        for (var i = 0; i < 1000; i++)
            Assert.True(await LookAsync(limiter, "203.0.113.7", isFailure: false));
        for (var i = 0; i < MissLimiter.Burst; i++)
            Assert.True(await LookAsync(limiter, "203.0.113.7", isFailure: true));
        Assert.False(await LookAsync(limiter, "203.0.113.7", isFailure: true));
        time.Advance(MissLimiter.Regain);
        // One that is found is there again for the next.
        Assert.True(await LookAsync(limiter, "203.0.113.7", isFailure: false));
        Assert.True(await LookAsync(limiter, "203.0.113.7", isFailure: true));
        Assert.False(await LookAsync(limiter, "203.0.113.7", isFailure: true));
        Assert.True(await LookAsync(limiter, "203.0.113.8", isFailure: true));
        time.Advance(TimeSpan.FromDays(1));
        var left = 0;
        while (await LookAsync(limiter, "203.0.113.7", isFailure: true))
            left++;
        Assert.Equal(MissLimiter.Burst, left);
    }

    [Fact]
    public async Task A_look_waits_for_those_under_way_and_is_refused_only_when_all_have_failed()
    {
        var limiter = new MissLimiter(new ClientAddress("X-Client", isPeerTheClient: true), new FakeTimeProvider());
        var underWay = new List<LookupPermit>();
        for (var i = 0; i < MissLimiter.Burst; i++)
        {
            underWay.Add(limiter.PermitFor(From("203.0.113.7")));
            Assert.True(await underWay[i].PayAsync());
        }
        var (first, second, third) = (limiter.PermitFor(From("203.0.113.7")), limiter.PermitFor(From("203.0.113.7")), limiter.PermitFor(From("203.0.113.7")));
        var (firstTurn, secondTurn, thirdTurn) = (first.PayAsync().AsTask(), second.PayAsync().AsTask(), third.PayAsync().AsTask());
        underWay[0].Fail();
        Assert.False(firstTurn.IsCompleted);
        underWay[1].GiveBack();
        Assert.True(await firstTurn);
        Assert.False(secondTurn.IsCompleted);
        // One that failed at first and then found something, under another form, gives back what it paid.
        underWay[0].GiveBack();
        Assert.True(await secondTurn);
        foreach (var permit in underWay.Skip(2).Append(first).Append(second))
        {
            Assert.False(thirdTurn.IsCompleted);
            permit.Fail();
        }
        Assert.False(await thirdTurn);
        Assert.True(third.IsRefused);
        // Paying twice is paying once, and what is refused stays so.
        Assert.False(await third.PayAsync());
        Assert.True(await underWay[5].PayAsync());
    }

    [Fact]
    public async Task A_look_does_not_wait_for_ever_and_one_that_gave_up_takes_nothing()
    {
        var time = new FakeTimeProvider();
        var limiter = new MissLimiter(new ClientAddress("X-Client", isPeerTheClient: true), time);
        var underWay = Enumerable.Range(0, MissLimiter.Burst).Select(_ => limiter.PermitFor(From("203.0.113.7"))).ToArray();
        foreach (var permit in underWay)
            Assert.True(await permit.PayAsync());
        var late = limiter.PermitFor(From("203.0.113.7"));
        var turn = late.PayAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(6));
        // Storage does not answer in time, so nobody can say that it was a miss.
        await Assert.ThrowsAsync<TimeoutException>(() => turn);
        Assert.False(late.IsRefused);
        foreach (var permit in underWay)
            permit.GiveBack();
        var left = 0;
        while (await LookAsync(limiter, "203.0.113.7", isFailure: true))
            left++;
        Assert.Equal(MissLimiter.Burst, left);
    }

    [Fact]
    public async Task Looks_at_the_same_moment_do_not_pass_the_limit_and_links_are_opened_however_many_at_once()
    {
        var prefix = azurite.NewPrefix();
        await using var minting = await TestApp.StartAsync(azurite, prefix: prefix);
        var codes = new List<string>();
        for (var batch = 0; batch < 2; batch++)
        {
            using var minted = await minting.Client.PostAsync("/api/links/batch", TestApp.Json(new { links = Enumerable.Range(0, 200).Select(_ => new { listingId = "item-1" }) }));
            codes.AddRange(JsonNode.Parse(await minted.Content.ReadAsStringAsync())!["results"]!.AsArray().Select(result => result!["link"]!["code"]!.GetValue<string>()));
        }
        // A clock that stands still forgives nothing.
        await using var app = await TestApp.StartAsync(
            azurite, BehindEdge, services => services.AddSingleton(new MissLimiter(new ClientAddress("X-Forwarded-For", isPeerTheClient: false), new FakeTimeProvider())), prefix);
        var opened = await Task.WhenAll(codes.Select(code => OpenAsync(app, "/" + code, "203.0.113.7")));
        Assert.All(opened, status => Assert.Equal(HttpStatusCode.Found, status));
        var looks = 0;
        for (var round = 0; round < 3; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => OpenAsync(app, $"/made-up-{round}-{i}", "203.0.113.7")));
            looks += answers.Count(status => status == HttpStatusCode.NotFound);
        }
        Assert.Equal(MissLimiter.Burst, looks);
    }

    [Fact]
    public async Task What_has_no_code_s_form_is_no_guess()
    {
        await using var app = await TestApp.StartAsync(
            azurite, BehindEdge, services => services.AddSingleton(new MissLimiter(new ClientAddress("X-Forwarded-For", isPeerTheClient: false), new FakeTimeProvider())));
        // Every browser asks for it.
        for (var i = 0; i < MissLimiter.Burst + 5; i++)
            Assert.Equal(HttpStatusCode.NotFound, await OpenAsync(app, "/favicon.ico", "203.0.113.7"));
        Assert.Equal(HttpStatusCode.NotFound, await OpenAsync(app, "/made-up", "203.0.113.7"));
    }

    [Fact]
    public async Task A_text_is_paid_for_when_it_names_a_guess_beside_a_link()
    {
        await using var app = await TestApp.StartAsync(
            azurite, services: services => services.AddSingleton(new FailureLimiter(new ClientAddress("X-Forwarded-For", isPeerTheClient: false), new FakeTimeProvider())));
        var known = (await app.MintAsync())["url"]!.GetValue<string>();
        var guesses = Enumerable.Range(0, FailureLimiter.Burst + 5).Select(i => known.Replace(known.Split('/')[^1], app.Get<ShortCodes>().Encode(new LinkId(1_000_000 + i)), StringComparison.Ordinal));
        var answers = new List<HttpStatusCode>();
        foreach (var guess in guesses)
            answers.Add(await OpenAsync(app, "/find?text=" + Uri.EscapeDataString($"{guess} {known}"), "203.0.113.7"));
        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.Found, FailureLimiter.Burst), .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 5)], answers);
        for (var i = 0; i < FailureLimiter.Burst + 5; i++)
            Assert.Equal(HttpStatusCode.Found, await OpenAsync(app, "/find?text=" + Uri.EscapeDataString(known), "203.0.113.8"));
    }

    [Fact]
    public async Task A_backend_s_users_are_slowed_down_one_by_one()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var (_, key) = await app.Get<ApiKeyTable>().CreateAsync("server", [Scopes.Resolve, Scopes.Ingest]);
        var text = (await app.MintAsync())["token"]!.GetValue<string>();
        for (var i = 0; i < FailureLimiter.Burst; i++)
        {
            // What leads somewhere is no failure.
            Assert.Equal(HttpStatusCode.OK, await ResolveAsync(app, key, text, "user-1"));
            Assert.Equal(HttpStatusCode.NotFound, await ResolveAsync(app, key, "nothing", "user-1"));
        }
        Assert.Equal(HttpStatusCode.TooManyRequests, await ResolveAsync(app, key, text, "user-1"));
        Assert.Equal(HttpStatusCode.OK, await ResolveAsync(app, key, text, "user-2"));
        Assert.Equal(HttpStatusCode.NotFound, await ResolveAsync(app, key, "nothing", null));
    }

    private static DefaultHttpContext From(string address) => new() { Request = { Headers = { ["X-Client"] = address } } };

    private static async Task<bool> LookAsync(MissLimiter limiter, string address, bool isFailure)
    {
        var permit = limiter.PermitFor(From(address));
        if (!await permit.PayAsync())
            return false;
        if (isFailure)
            permit.Fail();
        else
            permit.GiveBack();
        return true;
    }

    private static HttpRequestMessage Request(string path, string address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Forwarded-For", address);
        return request;
    }

    private static async Task<HttpStatusCode> OpenAsync(TestApp app, string path, string address)
    {
        using var request = Request(path, address);
        using var response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> ResolveAsync(TestApp app, string key, string text, string? userId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/resolve") { Content = TestApp.Json(new { text, userId }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }
}
