using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Minting;

public class ManyProcessesTests(Azurite azurite, PublishedApp published)
{
    [Fact]
    public async Task No_code_is_given_twice_and_every_code_opens_its_own_listing()
    {
        var processes = Scale.IsFull ? 8 : 3;
        var linksEach = Scale.Of(500);
        var folder = await published.ProgramFolderAsync();
        var prefix = azurite.NewPrefix();
        var listings = new ConcurrentDictionary<string, string>();
        await using var apps = await AppProcesses.StartAsync(folder, azurite.ConnectionString, prefix, Enumerable.Repeat(new Dictionary<string, string>(), processes));

        await Task.WhenAll(apps.Select((app, process) => Parallel.ForEachAsync(
            Enumerable.Range(0, linksEach), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (link, cancellationToken) =>
            {
                var listing = $"item-{process}-{link}";
                using var response = await app.Client.PostAsync("/api/links", TestApp.Json(new { listingId = listing, sharerId = $"user-{link % 50}" }), cancellationToken);
                Assert.Equal(HttpStatusCode.Created, response.StatusCode);
                var code = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!["code"]!.GetValue<string>();
                Assert.True(listings.TryAdd(code, listing), $"{code} was given twice");
            })));

        Assert.Equal(processes * linksEach, listings.Count);
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        await Parallel.ForEachAsync(listings, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (link, cancellationToken) =>
        {
            using var response = await other.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/" + link.Key), cancellationToken);
            Assert.Equal(HttpStatusCode.Found, response.StatusCode);
            Assert.Equal($"https://market.example/item/{link.Value}", response.Headers.Location!.GetLeftPart(UriPartial.Path));
        });
    }

    [Fact]
    public async Task Three_processes_that_get_the_same_batches_at_once_mint_them_once()
    {
        var folder = await published.ProgramFolderAsync();
        var prefix = azurite.NewPrefix();
        await using var apps = await AppProcesses.StartAsync(
            folder, azurite.ConnectionString, prefix, Enumerable.Repeat(new Dictionary<string, string> { ["ShareLinks__BaseUrl"] = "https://s.example" }, 3));
        var batches = Scale.Of(50);
        var answers = await Task.WhenAll(apps.SelectMany(app => Enumerable.Range(0, batches).Select(async batch =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/links/batch")
            {
                Content = TestApp.Json(new
                {
                    links = Enumerable.Range(0, 40).Select(i => new
                    {
                        listingId = $"item-{batch}",
                        listing = new { title = $"Lamp {batch}" },
                        sharerId = $"user-{i % 3}",
                        alias = i == 0 ? $"alias-{batch}" : null,
                    }),
                }),
            };
            request.Headers.Add("Idempotency-Key", $"batch-{batch}");
            using var response = await app.Client.SendAsync(request);
            return (Batch: batch, response.StatusCode, Body: await response.Content.ReadAsStringAsync());
        })));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.All(answers, answer => Assert.DoesNotContain("\"problem\"", answer.Body, StringComparison.Ordinal));
        Assert.All(answers.GroupBy(answer => answer.Batch), same => Assert.Single(same.Select(answer => answer.Body).Distinct()));
        var codes = answers.DistinctBy(answer => answer.Batch)
            .SelectMany(answer => JsonNode.Parse(answer.Body)!["results"]!.AsArray().Select(result => result!["link"]!["code"]!.GetValue<string>())).ToList();
        Assert.Equal(40 * batches, codes.Distinct().Count());
        await using var other = await TestApp.StartAsync(azurite, prefix: prefix);
        for (var batch = 0; batch < batches; batch++)
        {
            var listed = (await other.GetJsonAsync($"/api/links?listingId=item-{batch}"))["links"]!.AsArray().Select(link => link!["code"]!.GetValue<string>());
            Assert.Equal(codes.Skip(40 * batch).Take(40).Order(), listed.Order());
        }
    }
}
