using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Links;

/// <summary>The links of a share tree, as they are read from its root's partition.</summary>
public class LinkTableTests(Azurite azurite)
{
    private static readonly DateTimeOffset Minted = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_tree_is_read_newest_first_with_parents_and_sharers()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var links = app.Get<LinkTable>();
        var random = new Random(1);
        // Two trees in one partition, a third in another; the links come in any order and over several leases.
        long[] roots = [1, 12, 5001];
        var minted = new List<Link>(roots.Select(root => NewLink(root, root, null, null)));
        for (var id = 20; id < 3500; id += random.Next(1, 40))
        {
            var root = roots[random.Next(3)];
            var parents = minted.Where(link => link.Attributes.Root.Value == root).ToList();
            var sharer = random.Next(3) == 0 ? (PersonId?)null : new PersonId((ulong)random.NextInt64(long.MinValue, long.MaxValue));
            minted.Add(NewLink(id, root, parents[random.Next(parents.Count)].Id, sharer));
        }
        var shuffled = minted.ToArray();
        random.Shuffle(shuffled);
        foreach (var some in shuffled.Chunk(50))
            await links.AddAsync(some);
        // Again, as a retry does.
        await links.AddAsync(shuffled[..10]);
        foreach (var root in roots)
        {
            Assert.Equal(
                minted.Where(link => link.Attributes.Root.Value == root && link.Id.Value != root).OrderByDescending(link => link.Id.Value)
                    .Select(link => new TreeLink(link.Id, link.Parent!.Value, link.Attributes.Sharer, link.Attributes.Channel)),
                await links.BelowAsync(new LinkId(root)).ToListAsync());
        }
        Assert.Empty(await links.BelowAsync(new LinkId(2)).ToListAsync());
    }

    [Fact]
    public async Task A_link_whose_mint_was_cut_off_is_listed_though_it_is_not_there()
    {
        var prefix = azurite.NewPrefix();
        await using var app = await TestApp.StartAsync(azurite, prefix: prefix);
        var links = app.Get<LinkTable>();
        await links.AddAsync([NewLink(1, 1, null, null), NewLink(2, 1, new LinkId(1), null)]);
        var table = new TableServiceClient(azurite.ConnectionString).GetTableClient(prefix + "links");
        var row = await table.QueryAsync<TableEntity>(row => row.RowKey == new LinkId(2).ToString()).SingleAsync();
        await table.DeleteEntityAsync(row);
        Assert.Null(await links.GetFreshAsync(new LinkId(2)));
        Assert.Equal([new TreeLink(new LinkId(2), new LinkId(1), null, null)], await links.BelowAsync(new LinkId(1)).ToListAsync());
    }

    [Fact]
    public async Task A_change_to_a_link_moves_it_neither_in_its_tree_nor_to_another_sharer()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var root = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-1" });
        var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-2", parent = root });
        var rootId = (await app.Get<LinkFinder>().FindAsync(root))!.Id;
        var before = await app.Get<LinkTable>().BelowAsync(rootId).ToListAsync();
        Assert.Equal(await app.Get<PersonTable>().FindAsync("user-2"), Assert.Single(before).Sharer);
        var changed = await app.Client.PatchAsync($"/api/links/{code}", TestApp.Json(new { listingId = "item-2", channel = "qq", disabled = true }));
        Assert.True(changed.IsSuccessStatusCode);
        Assert.Equal(before, await app.Get<LinkTable>().BelowAsync(rootId).ToListAsync());
        foreach (var field in new[] { "parent", "sharerId" })
        {
            var refused = await app.Client.PatchAsync($"/api/links/{code}", TestApp.Json(new Dictionary<string, string> { [field] = root }));
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    private static Link NewLink(long id, long root, LinkId? parent, PersonId? sharer) => new()
    {
        Attributes = new LinkAttributes(new LinkId(id), "item-1", sharer, null, null, null, LinkAttributes.NoTags, new LinkId(root)),
        Parent = parent,
        CreatedAt = Minted,
    };
}
