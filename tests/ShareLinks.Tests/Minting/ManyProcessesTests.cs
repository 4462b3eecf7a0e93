using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Minting;

[Collection(AppProcess.Collection)]
public class ManyProcessesTests(Azurite azurite, PublishedApp published)
{
    [Fact]
    public async Task No_code_is_given_twice_and_every_code_opens_its_own_listing()
    {
        const int processes = 8;
        var linksEach = Scale.Of(500);
        var folder = await published.FolderAsync();
        var prefix = azurite.NewPrefix();
        var listings = new ConcurrentDictionary<string, string>();
        // Two started at a time: eight cold starts at once on two cores take longer than waiting for each other.
        var apps = new List<AppProcess>();
        for (var i = 0; i < processes; i += 2)
            apps.AddRange(await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => AppProcess.StartAsync(folder, azurite.ConnectionString, prefix))));

        await Task.WhenAll(apps.Select((app, process) => Parallel.ForEachAsync(
            Enumerable.Range(0, linksEach), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (link, cancellationToken) =>
            {
                var listing = $"item-{process}-{link}";
                using var response = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = listing, sharerId = $"user-{link % 50}" }), cancellationToken);
                Assert.Equal(HttpStatusCode.Created, response.StatusCode);
                var code = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!["code"]!.GetValue<string>();
                Assert.True(listings.TryAdd(code, listing), $"{code} was given twice");
            })));
        foreach (var app in apps)
            await app.DisposeAsync();

        Assert.Equal(processes * linksEach, listings.Count);
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        await Parallel.ForEachAsync(listings, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (link, cancellationToken) =>
        {
            using var response = await other.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/" + link.Key), cancellationToken);
            Assert.Equal(HttpStatusCode.Found, response.StatusCode);
            Assert.Equal($"https://market.example/item/{link.Value}", response.Headers.Location!.GetLeftPart(UriPartial.Path));
        });
    }
}
