using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Minting;

public class ListingEndpointsTests(Azurite azurite)
{
    [Fact]
    public async Task An_update_merges_with_what_was_told_before()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await PutAsync(app, new { title = "Lamp", price = 12.50m, currency = "CNY" });
        var listing = await PutAsync(app, new { state = "sold" });
        Assert.Equal(("Lamp", 12.50m, "sold"), (listing["title"]!.GetValue<string>(), listing["price"]!.GetValue<decimal>(), listing["state"]!.GetValue<string>()));
        Assert.Null((await PutAsync(app, new { title = (string?)null }))["title"]);
    }

    [Fact]
    public async Task An_older_update_never_wins_whatever_the_order_of_arrival()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var random = new Random(7);
        for (var round = 0; round < Scale.Of(50); round++)
        {
            var states = Enumerable.Range(0, 6).Select(i => (Title: $"v{i}", At: new DateTimeOffset(2026, 1, 1, 0, i, 0, TimeSpan.Zero))).ToArray();
            random.Shuffle(states);
            await Task.WhenAll(states.Select(state => PutAsync(app, new { title = state.Title, updatedAt = state.At }, $"item-{round}")));
            Assert.Equal("v5", (await app.GetJsonAsync($"/api/listings/item-{round}"))["title"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_late_available_does_not_revive_a_sold_item()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await PutAsync(app, new { state = "sold", updatedAt = "2026-02-01T00:00:00Z" });
        var late = await PutAsync(app, new { state = "available", updatedAt = "2026-01-31T23:59:59Z" });
        Assert.Equal(("sold", "2026-02-01T00:00:00Z"), (late["state"]!.GetValue<string>(), late["updatedAt"]!.GetValue<string>()));
        // Inline in a mint the same rule holds.
        await app.MintAsync(new { listingId = "item-1", listing = new { state = "available", updatedAt = "2026-01-31T23:59:59Z" } });
        Assert.Equal("sold", (await app.GetJsonAsync("/api/listings/item-1"))["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_change_without_a_time_counts_as_the_newest_even_when_a_clock_ran_ahead()
    {
        await using var app = await TestApp.StartAsync(azurite);
        await PutAsync(app, new { state = "available", updatedAt = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(4) });
        Assert.Equal("sold", (await PutAsync(app, new { state = "sold" }))["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_listing_nobody_told_of_is_not_found()
    {
        await using var app = await TestApp.StartAsync(azurite);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/listings/none")).StatusCode);
    }

    private static async Task<JsonNode> PutAsync(TestApp app, object listing, string id = "item-1")
    {
        using var response = await app.Client.PutAsync($"/api/listings/{id}", TestApp.Json(listing));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }
}
