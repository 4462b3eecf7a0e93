using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Posters;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Dashboard;

/// <summary>Lots of posters: made once however often a form is sent, followed, and pointed elsewhere.</summary>
public partial class PostersPageTests(Azurite azurite)
{
    [Fact]
    public async Task A_form_that_is_sent_twice_makes_one_lot()
    {
        await using var app = await StartAsync();
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        var form = await person.FormAsync(("name", "hz-market"), ("count", "120"), ("listingId", "item-1"));
        var made = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => person.PostAsync("/dashboard/posters", form)));
        Assert.All(made, answer => Assert.Equal((HttpStatusCode.Found, "/dashboard/posters/lot?lot=hz-market"), (answer.Status, answer.Location)));

        var lot = (await app.Get<LotTable>().FindAsync("hz-market", CancellationToken.None))!;
        Assert.Equal((120, "item-1", "poster"), (lot.Count, lot.ListingId, lot.Channel));
        var links = await app.Get<PosterLots>().LinksAsync(lot);
        Assert.Equal(Enumerable.Range(1, 120).Select(number => $"hz-market/{number:000}"), links.Select(link => link!.Attributes.Placement));
        Assert.Equal(120, await app.Get<ListingTable>().LinksAsync("item-1", null, 1000).CountAsync());
        Assert.Contains("href=\"/dashboard/posters/lot?lot=hz-market\"", await person.GetAsync("/dashboard/posters"), StringComparison.Ordinal);
        // The newest first.
        await person.PostAsync("/dashboard/posters", await person.FormAsync(("name", "sh-hall/2"), ("count", "2"), ("listingId", "item-1")));
        var list = await person.GetAsync("/dashboard/posters");
        Assert.InRange(list.IndexOf("lot=sh-hall", StringComparison.Ordinal), 1, list.IndexOf("lot=hz-market", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_form_finds_the_name_taken_even_if_it_asks_for_the_same()
    {
        await using var app = await StartAsync();
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        var form = await person.FormAsync(("name", "hz-market"), ("count", "3"), ("listingId", "item-1"));
        await person.PostAsync("/dashboard/posters", form);
        foreach (var other in new[] { await person.FormAsync(("name", "hz-market"), ("count", "3"), ("listingId", "item-1")), [.. form.Where(field => field.Key != "count"), new("count", "4")] })
        {
            var (status, _, body) = await person.PostAsync("/dashboard/posters", other);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains("name is taken: hz-market has 3 posters", body, StringComparison.Ordinal);
        }
        Assert.Equal(3, await app.Get<ListingTable>().LinksAsync("item-1", null, 1000).CountAsync());
    }

    [Theory]
    [InlineData("sh/hall", "sh")]
    [InlineData("sh/hall", "sh/hall/2")]
    public async Task A_lot_within_another_or_around_it_is_refused_since_each_would_count_the_other_s_clicks(string first, string second)
    {
        await using var app = await StartAsync();
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        foreach (var name in new[] { first, first + "-2" })
            Assert.Equal(HttpStatusCode.Found, (await person.PostAsync("/dashboard/posters", await person.FormAsync(("name", name), ("count", "2"), ("listingId", "item-1")))).Status);
        var (status, _, body) = await person.PostAsync("/dashboard/posters", await person.FormAsync(("name", second), ("count", "2"), ("listingId", "item-1")));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("name must not be within, or around, sh/hall", body, StringComparison.Ordinal);
        Assert.Equal(2, (await app.Get<LotTable>().ListAsync(CancellationToken.None)).Count);
    }

    [Theory]
    [InlineData("name", "", "name must be given")]
    [InlineData("name", "hz//1", "name must be a path of names")]
    [InlineData("name", "*", "name must be a path of names")]
    [InlineData("name", "LONG", "name must have 1 to 80 characters")]
    [InlineData("count", "0", "count must be 1 to 500")]
    [InlineData("count", "501", "count must be 1 to 500")]
    [InlineData("count", "many", "count must be 1 to 500")]
    [InlineData("listingId", "", "listingId must be given")]
    [InlineData("listingId", "a/b", "listingId must not contain /")]
    [InlineData("listingId", "item-9", "listingId names no listing: the marketplace has not reported item-9.")]
    [InlineData("web", "https://evil.example/", "destinations/web must be on one of the allowed hosts")]
    [InlineData("channel", "Big Poster", "channel must be")]
    [InlineData("title", "LONG", "title must have 1 to 60 characters")]
    [InlineData("key", "", "key must have")]
    public async Task What_is_wrong_is_told_with_its_field_and_nothing_is_made(string field, string value, string problem)
    {
        await using var app = await StartAsync();
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        var form = (await person.FormAsync(("name", "hz-market"), ("count", "3"), ("listingId", "item-1"))).Where(kept => kept.Key != field)
            .Append(KeyValuePair.Create(field, value == "LONG" ? new string('x', 200) : value)).ToArray();
        var (status, _, body) = await person.PostAsync("/dashboard/posters", form);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(problem, WebUtility.HtmlDecode(body), StringComparison.Ordinal);
        Assert.Empty(await app.Get<LotTable>().ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_key_without_the_scope_looks_and_makes_nothing()
    {
        await using var app = await StartAsync();
        using var maker = await Person.SignInAsync(app, DevelopmentKey.Value);
        await maker.PostAsync("/dashboard/posters", await maker.FormAsync(("name", "hz-market"), ("count", "2"), ("listingId", "item-1")));
        using var made = await app.Client.PostAsync("/api/keys", TestApp.Json(new { name = "looks", scopes = new[] { "query" } }));
        using var person = await Person.SignInAsync(app, JsonNode.Parse(await made.Content.ReadAsStringAsync())!["key"]!.GetValue<string>());
        Assert.DoesNotContain("name=\"count\"", await person.GetAsync("/dashboard/posters"), StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"repoint\"", await person.GetAsync("/dashboard/posters/lot?lot=hz-market"), StringComparison.Ordinal);
        Assert.Contains("hz-market/002", await person.GetAsync("/dashboard/posters/print?lot=hz-market"), StringComparison.Ordinal);
        // With a token of its own, as on every one of its pages.
        var token = KeyValuePair.Create("token", Person.FormToken().Match(await person.GetAsync("/dashboard")).Groups[1].Value);
        Assert.Equal(HttpStatusCode.BadRequest, (await person.PostAsync("/dashboard/posters", [token, new("name", "x"), new("count", "1"), new("listingId", "item-1"), new("key", "k")])).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await person.PostAsync("/dashboard/posters/lot?lot=hz-market", [token, new("change", "repoint"), new("first", "1"), new("last", "2"), new("listingId", "item-2")])).Status);
        Assert.Single(await app.Get<LotTable>().ListAsync(CancellationToken.None));
        Assert.Equal(0, await app.Get<ListingTable>().LinksAsync("item-2", null, 1000).CountAsync());
    }

    [Fact]
    public async Task A_lot_that_is_not_there_is_not_found_and_choices_that_are_none_are_told()
    {
        await using var app = await StartAsync();
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        foreach (var address in new[] { "/dashboard/posters/lot?lot=nothing", "/dashboard/posters/lot", "/dashboard/posters/print?lot=nothing" })
            await person.GetAsync(address, HttpStatusCode.NotFound);
        var form = await person.FormAsync(("name", "hz-market"), ("count", "3"), ("listingId", "item-1"));
        await person.PostAsync("/dashboard/posters", form);
        Assert.Contains("Some choices were not understood", await person.GetAsync("/dashboard/posters/lot?lot=hz-market&paper=a3"), StringComparison.Ordinal);
        Assert.Contains("Print it larger: on A5", await person.GetAsync("/dashboard/posters/lot?lot=hz-market&paper=stickers&distance=0.9"), StringComparison.Ordinal);
        Assert.Contains("Choose a darker colour", await person.GetAsync("/dashboard/posters/lot?lot=hz-market&ink=%23ffee00"), StringComparison.Ordinal);
        // Serials beyond the last are none.
        Assert.Equal(2, Sections().Count(await person.GetAsync("/dashboard/posters/print?lot=hz-market&first=2&last=900")));
        var token = form.Single(field => field.Key == "token");
        foreach (var (first, last, listing, problem) in new[] { ("0", "1", "item-2", "serial must be 1 to 3"), ("1", "4", "item-2", "serial must be 1 to 3"), ("3", "2", "item-2", "serial must be 1 to 3"), ("1", "3", "a/b", "listingId must not contain /"), ("1", "3", "item-9", "listingId names no listing: the marketplace has not reported item-9.") })
        {
            var (status, _, body) = await person.PostAsync("/dashboard/posters/lot?lot=hz-market", [token, new("change", "repoint"), new("first", first), new("last", last), new("listingId", listing)]);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains(problem, body, StringComparison.Ordinal);
        }
        Assert.All(await app.Get<PosterLots>().LinksAsync((await app.Get<LotTable>().FindAsync("hz-market", CancellationToken.None))!), link => Assert.Equal("item-1", link!.Attributes.ListingId));
        Assert.Equal(HttpStatusCode.BadRequest, (await person.PostAsync("/dashboard/posters/lot?lot=hz-market", [token, new("change", "delete")])).Status);
    }

    [Fact]
    public async Task A_lot_whose_making_was_cut_off_is_told_and_finished_with_the_same_links()
    {
        await using var app = await StartAsync();
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        var ids = await app.Get<LinkIdLeases>().TakeAsync(3);
        await app.Get<LotTable>().AddAsync(
            new PosterLot { Name = "hz-market", ListingId = "item-1", Key = "k", CreatedAt = app.Get<TimeProvider>().GetUtcNow(), Links = ids }, CancellationToken.None);
        Assert.Contains("3 posters have no link yet", await person.GetAsync("/dashboard/posters/lot?lot=hz-market"), StringComparison.Ordinal);
        var token = (await person.FormAsync()).Single(field => field.Key == "token");
        Assert.Equal(HttpStatusCode.Found, (await person.PostAsync("/dashboard/posters/lot?lot=hz-market", [token, new("change", "complete")])).Status);
        Assert.DoesNotContain("have no link yet", await person.GetAsync("/dashboard/posters/lot?lot=hz-market"), StringComparison.Ordinal);
        Assert.Equal(ids, (await app.Get<PosterLots>().LinksAsync((await app.Get<LotTable>().FindAsync("hz-market", CancellationToken.None))!)).Select(link => link!.Id));
    }

    [Fact]
    public async Task The_lot_s_page_tells_which_poster_brought_whom_and_posters_lead_elsewhere_once_repointed()
    {
        await using var app = await StartAsync(new() { ["ShareLinks:ClientAddressHeader"] = "X-Client" });
        using var person = await Person.SignInAsync(app, DevelopmentKey.Value);
        var form = await person.FormAsync(("name", "hz-market"), ("count", "3"), ("web", "https://market.example/sale"));
        await person.PostAsync("/dashboard/posters", form);
        var lot = (await app.Get<LotTable>().FindAsync("hz-market", CancellationToken.None))!;
        var codes = lot.Links.Select(app.Get<ShortCodes>().Encode).ToArray();
        // Nobody waits long for the day's salt, without which visitors are not told apart.
        while (await app.Get<VisitorHashes>().OfAsync("203.0.113.1", "") == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.StartsWith("https://market.example/sale", await LocationAsync(app, codes[1]), StringComparison.Ordinal);
        await LocationAsync(app, codes[1]);
        await LocationAsync(app, codes[2]);
        var click = (await app.ReadFeedAsync()).Clicks.First(click => click["placement"]!.GetValue<string>() == "hz-market/002")["clickId"]!.GetValue<string>();
        using var reported = await app.Client.PostAsync("/api/events", TestApp.Json(new { events = new[] { new { type = "order", id = "o-1", userId = "u-1", clickId = click, occurredAt = app.Get<TimeProvider>().GetUtcNow() } } }));
        Assert.True(reported.IsSuccessStatusCode, await reported.Content.ReadAsStringAsync());
        var page = await person.GetAsync("/dashboard/posters/lot?lot=hz-market");
        Assert.Equal(["0 0 0", "2 1 1", "1 1 0"], Figures().Matches(page).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value}"));
        Assert.Equal(["3", "1", "1"], Tiles().Matches(page).Select(tile => tile.Groups[1].Value));

        var token = form.Single(field => field.Key == "token");
        Assert.Equal(HttpStatusCode.Found, (await person.PostAsync("/dashboard/posters/lot?lot=hz-market", [token, new("change", "repoint"), new("first", "2"), new("last", "2"), new("listingId", "item-2")])).Status);
        Assert.StartsWith("https://market.example/item/item-2", await LocationAsync(app, codes[1]), StringComparison.Ordinal);
        Assert.StartsWith("https://market.example/sale", await LocationAsync(app, codes[2]), StringComparison.Ordinal);
        await person.PostAsync("/dashboard/posters/lot?lot=hz-market", [token, new("change", "repoint"), new("first", "1"), new("last", "3"), new("listingId", "item-3")]);
        foreach (var code in codes)
            Assert.StartsWith("https://market.example/item/item-3", await LocationAsync(app, code), StringComparison.Ordinal);
        // Sending the first form again takes nothing back.
        Assert.Equal(HttpStatusCode.Found, (await person.PostAsync("/dashboard/posters", form)).Status);
        Assert.StartsWith("https://market.example/item/item-3", await LocationAsync(app, codes[0]), StringComparison.Ordinal);
    }

    /// <summary>The app, with three listings that the marketplace reported.</summary>
    private async Task<TestApp> StartAsync(Dictionary<string, string?>? settings = null)
    {
        var app = await TestApp.StartAsync(azurite, settings);
        foreach (var listing in new[] { "item-1", "item-2", "item-3" })
        {
            using var told = await app.Client.PutAsync("/api/listings/" + listing, TestApp.Json(new { title = "Lamp" }));
            Assert.True(told.IsSuccessStatusCode);
        }
        return app;
    }

    private static async Task<string> LocationAsync(TestApp app, string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/" + code) { Headers = { { "X-Client", "114.114.114.114" } } };
        using var response = await app.Client.SendAsync(request);
        return response.Headers.Location!.OriginalString;
    }

    [GeneratedRegex("""<section class="poster" """)]
    private static partial Regex Sections();

    [GeneratedRegex("""<td class="number">(\d+)</td>\s*<td class="number">(\d+)</td>\s*<td class="number">(\d+)</td>""")]
    private static partial Regex Figures();

    [GeneratedRegex("""<strong>(\d+)</strong>""")]
    private static partial Regex Tiles();
}
