using System.Net;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Dashboard;

/// <summary>What the pages say to what people type and click.</summary>
public class DashboardPagesTests(Azurite azurite)
{
    [Fact]
    public async Task A_page_that_is_none_is_answered_by_the_dashboard_itself()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var stranger = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = app.Client.BaseAddress };
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        foreach (var address in new[] { "/dashboard/nope", "/dashboard/posters/nope", "/dashboard/subject/a/b" })
        {
            var page = await person.TextAsync(address, HttpStatusCode.NotFound);
            Assert.Contains("There is nothing by this name.", page, StringComparison.Ordinal);
            Assert.Contains("<a href=\"/dashboard/attribution\"", page, StringComparison.Ordinal);
            using var answer = await stranger.GetAsync(address);
            Assert.Equal("/dashboard/sign-in?to=" + Uri.EscapeDataString(address), answer.Headers.Location!.OriginalString);
        }
    }

    [Theory]
    [InlineData("listing:item-9", "Listing item-9 is unknown")]
    [InlineData("listing:闲鱼", "Listing 闲鱼 is unknown")]
    [InlineData("sharer:user-9", "Sharer user-9 is unknown")]
    [InlineData("link:AbC3dE9kQ", "Link AbC3dE9kQ is unknown")]
    [InlineData("root:<b>", "Share tree <b> is unknown")]
    [InlineData("nothing:item-9", "There is nothing by this name.")]
    public async Task An_unknown_subject_is_said_to_be_unknown(string subject, string said)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        Assert.Contains(said, await person.TextAsync("/dashboard/subject?subject=" + Uri.EscapeDataString(subject), HttpStatusCode.NotFound), StringComparison.Ordinal);
        Assert.Contains(said, await person.TextAsync($"/dashboard/subject?subject={Uri.EscapeDataString(subject)}&lang=en", HttpStatusCode.NotFound), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subject_is_known_once_a_link_leads_to_it_or_the_marketplace_told_of_it()
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        foreach (var subject in new[] { "listing:item-1", "listing:item-2", "sharer:user-1" })
            await person.GetAsync("/dashboard/subject?subject=" + subject, HttpStatusCode.NotFound);
        var link = await app.MintAsync(new { listingId = "item-1", sharerId = "user-1" });
        using var told = await app.Client.PutAsync("/api/listings/item-2", TestApp.Json(new { title = "Lamp" }));
        foreach (var subject in new[] { "listing:item-1", "listing:item-2", "sharer:user-1", "link:" + link["code"], "campaign:new", "all" })
            await person.GetAsync("/dashboard/subject?subject=" + subject);
    }

    [Theory]
    [InlineData("from=2026-11-02&to=2026-11-01", "2026-11-02", "2026-11-01", "The first day is later than the last")]
    [InlineData("from=2020-01-01&to=2026-11-01", "2020-01-01", "2026-11-01", "At most 400 days can be shown")]
    [InlineData("from=2026-13-01&to=2026-11-01", "2026-13-01", "2026-11-01", "These days could not be read")]
    [InlineData("from=2026-11-01", "2026-11-01", "", "These days could not be read")]
    public async Task Days_that_cannot_be_shown_stay_in_the_form_with_the_reason(string query, string from, string to, string reason)
    {
        await using var app = await TestApp.StartAsync(azurite);
        await app.MintAsync(new { listingId = "item-1" });
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        foreach (var address in new[] { "/dashboard?", "/dashboard/subject?subject=listing:item-1&", "/dashboard/attribution?" })
        {
            var page = await person.TextAsync(address + query);
            Assert.Contains($"name=\"from\" value=\"{from}\"", page, StringComparison.Ordinal);
            Assert.Contains($"name=\"to\" value=\"{to}\"", page, StringComparison.Ordinal);
            Assert.Contains(reason, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_orders_tile_of_a_subject_leads_to_the_attribution_of_those_orders()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var clicks = new List<string>();
        foreach (var channel in new[] { "wechat", "qq" })
        {
            using var opened = await app.Client.GetAsync("/" + await app.MintCodeAsync(new { listingId = "item-1", channel }));
            clicks.Add(opened.Headers.Location!.Query.Split("clickId=")[1]);
        }
        // The first order is led to by both, the second by one.
        var at = app.Get<TimeProvider>().GetUtcNow();
        using var reported = await app.Client.PostAsync("/api/events", TestApp.Json(new
        {
            events = new[]
            {
                new { type = "chat", id = "c", userId = "u-1", clickId = clicks[0], occurredAt = at }, new { type = "order", id = "o-1", userId = "u-1", clickId = clicks[1], occurredAt = at },
                new { type = "order", id = "o-2", userId = "u-2", clickId = clicks[1], occurredAt = at },
            },
        }));
        Assert.True(reported.IsSuccessStatusCode);
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        var subject = await person.TextAsync("/dashboard/subject?subject=channel:wechat&range=7");
        Assert.Contains("href=\"/dashboard/attribution?range=7&subject=channel%3Awechat\"", subject, StringComparison.Ordinal);
        var page = await person.TextAsync("/dashboard/attribution?range=7&subject=channel:wechat");
        Assert.Contains("Only events with a touch on Channel wechat.", page, StringComparison.Ordinal);
        Assert.Contains("<p>1 events, 0 of them unattributed.", page, StringComparison.Ordinal);
        Assert.Contains("<input type=\"hidden\" name=\"subject\" value=\"channel:wechat\">", page, StringComparison.Ordinal);
        // Its files are about the same events.
        Assert.Contains("/api/attribution?subject=channel%3Awechat&event=order", page, StringComparison.Ordinal);
        Assert.Contains("<p>2 events, 0 of them unattributed.", await person.TextAsync("/dashboard/attribution?range=7"), StringComparison.Ordinal);
        Assert.Contains("A choice could not be read", await person.TextAsync("/dashboard/attribution?subject=nothing:x"), StringComparison.Ordinal);

        Assert.Equal((1, 2, 2, 0), (await CountAsync("channel:wechat"), await CountAsync("channel:qq"), await CountAsync("all"), await CountAsync("listing:item-9")));
        var answer = await app.GetJsonAsync("/api/attribution?subject=channel:wechat&model=linear");
        Assert.Equal("channel:wechat", answer["subject"]!.GetValue<string>());
        Assert.Equal(["qq 0.5", "wechat 0.5"], answer["rows"]!.AsArray().Select(row => $"{row!["key"]} {row["conversions"]}"));
        Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync("/api/attribution?subject=nothing")).StatusCode);

        async Task<int> CountAsync(string of) => (await app.GetJsonAsync("/api/attribution?subject=" + of))["conversions"]!.GetValue<int>();
    }

    [Fact]
    public async Task A_link_is_pointed_at_a_listing_that_the_marketplace_told_of_and_at_no_other()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "item-1" });
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        KeyValuePair<string, string>[] form = [(await person.FormAsync()).Single(field => field.Key == "token"), new("code", code), new("change", "repoint"), new("listingId", "item-2")];
        var (status, _, body) = await person.PostAsync("/dashboard/links/change", form);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("listingId names no listing: the marketplace has not reported item-2.", WebUtility.HtmlDecode(body), StringComparison.Ordinal);
        Assert.Equal("item-1", (await app.GetJsonAsync("/api/links/" + code))["listingId"]!.GetValue<string>());
        // A listing that is reported is known at once.
        using var told = await app.Client.PutAsync("/api/listings/item-2", TestApp.Json(new { title = "Lamp" }));
        Assert.Equal(HttpStatusCode.Found, (await person.PostAsync("/dashboard/links/change", form)).Status);
        Assert.Equal("item-2", (await app.GetJsonAsync("/api/links/" + code))["listingId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Values_that_are_called_like_the_service_s_own_rows_look_different()
    {
        await using var app = await TestApp.StartAsync(azurite);
        foreach (var (campaign, sharerId) in new[] { ("(other)", "(erased)"), ("(none)", "(none)"), (null, "gone"), (null, null) })
        {
            using var opened = await app.Client.GetAsync("/" + await app.MintCodeAsync(new { listingId = "item-1", channel = "wechat", campaign, sharerId }));
            var click = opened.Headers.Location!.Query.Split("clickId=")[1];
            using var reported = await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { type = "order", id = click, clickId = click, occurredAt = app.Get<TimeProvider>().GetUtcNow() } } }));
            Assert.True(reported.IsSuccessStatusCode);
        }
        (await app.Client.DeleteAsync("/api/people/gone")).EnsureSuccessStatusCode();
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        var campaigns = await person.TextAsync("/dashboard/attribution?by=campaign");
        Assert.Equal((1, 1, 1), (Count(campaigns, ">(other)</a>"), Count(campaigns, ">(none)</a>"), Count(campaigns, "<i>(none)</i>")));
        var sharers = await person.TextAsync("/dashboard/attribution?by=sharer");
        Assert.Equal((1, 1, 1, 1), (Count(sharers, ">(erased)</a>"), Count(sharers, "<i>(erased)</i>"), Count(sharers, ">(none)</a>"), Count(sharers, "<i>(none)</i>")));
        var overview = await person.TextAsync("/dashboard");
        Assert.Equal((1, 1), (Count(overview, ">(erased)</a>"), Count(overview, "<i>(erased)</i>")));
        var links = await person.TextAsync("/dashboard/links?q=item-1");
        Assert.Equal((1, 6), (Count(links, "<td >(none)</td>"), Count(links, "<i>(none)</i>")));

        static int Count(string text, string part) => text.Split(part).Length - 1;
    }
}
