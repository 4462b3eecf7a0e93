using Microsoft.Extensions.Time.Testing;
using ShareLinks.Storage;

namespace ShareLinks.Tests.Storage;

public class FreshCacheTests
{
    private readonly FakeTimeProvider time = new();
    private readonly Dictionary<string, string?> storage = new() { ["a"] = "1" };
    private readonly FreshCache<string, string> cache;
    private int reads;
    private bool isAway;

    public FreshCacheTests() => cache = new(100, LoadAsync, time);

    [Fact]
    public async Task A_fresh_value_costs_no_read_and_a_change_is_seen_after_thirty_seconds()
    {
        Assert.Equal("1", await cache.GetAsync("a"));
        storage["a"] = "2";
        time.Advance(FreshCache<string, string>.Fresh - TimeSpan.FromMilliseconds(1));
        Assert.Equal("1", await cache.GetAsync("a"));
        Assert.Equal(1, reads);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("2", await cache.GetAsync("a"));
    }

    [Fact]
    public async Task That_there_is_nothing_is_remembered_too()
    {
        for (var i = 0; i < 5; i++)
            Assert.Null(await cache.GetAsync("none"));
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task Many_at_once_make_one_read()
    {
        var release = new TaskCompletionSource();
        var slow = new FreshCache<string, string>(100, async _ => { reads++; await release.Task; return "x"; }, time);
        var waiting = Enumerable.Range(0, 50).Select(_ => slow.GetAsync("a").AsTask()).ToArray();
        release.SetResult();
        Assert.All(await Task.WhenAll(waiting), value => Assert.Equal("x", value));
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task When_storage_is_away_an_old_value_serves_for_a_day()
    {
        await cache.GetAsync("a");
        isAway = true;
        time.Advance(TimeSpan.FromHours(23));
        Assert.Equal("1", await cache.GetAsync("a"));
        time.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<TimeoutException>(async () => await cache.GetAsync("a"));
        await Assert.ThrowsAsync<TimeoutException>(async () => await cache.GetAsync("b"));
        isAway = false;
        Assert.Equal("1", await cache.GetAsync("a"));
    }

    [Fact]
    public async Task Storage_that_says_nothing_is_waited_for_five_seconds_and_its_late_answer_serves_the_next()
    {
        var release = new TaskCompletionSource();
        var slow = new FreshCache<string, string>(100, async _ => { reads++; await release.Task; return "x"; }, time);
        var waiting = slow.GetAsync("a").AsTask();
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        release.SetResult();
        Assert.Equal("x", await slow.GetAsync("a"));
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task What_was_just_written_is_seen_at_once_even_by_a_read_that_began_before()
    {
        var release = new TaskCompletionSource();
        var slow = new FreshCache<string, string>(100, async _ => { await release.Task; return "old"; }, time);
        var before = slow.GetAsync("a").AsTask();
        slow.Set("a", "new");
        release.SetResult();
        await before;
        Assert.Equal("new", await slow.GetAsync("a"));
    }

    [Fact]
    public async Task The_cache_is_bounded()
    {
        for (var i = 0; i < 10_000; i++)
            await cache.GetAsync($"key {i}");
        Assert.InRange(cache.Count, 1, 200);
    }

    private Task<string?> LoadAsync(string key)
    {
        reads++;
        return isAway ? Task.FromException<string?>(new TimeoutException()) : Task.FromResult(storage.GetValueOrDefault(key));
    }
}
