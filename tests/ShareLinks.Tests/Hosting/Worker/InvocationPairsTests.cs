using Microsoft.Extensions.Time.Testing;
using ShareLinks.Hosting.Worker;

namespace ShareLinks.Tests.Hosting.Worker;

public class InvocationPairsTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Halves_with_one_id_meet_at_once_whichever_comes_first(bool isInvocationFirst)
    {
        using var pairs = new InvocationPairs(time);
        if (isInvocationFirst)
            pairs.Announce("a");
        var request = pairs.FindAsync("a", default);
        Assert.Equal(isInvocationFirst, request.IsCompleted);
        if (!isInvocationFirst)
            pairs.Announce("a");
        Assert.Equal("a", await request);
    }

    [Fact]
    public async Task A_request_with_an_id_of_the_clients_gets_the_invocation_that_nobody_else_comes_for()
    {
        using var pairs = new InvocationPairs(time);
        var forged = pairs.FindAsync("forged", default).AsTask();
        pairs.Announce("true");
        pairs.Announce("other");
        Assert.Equal("other", await pairs.FindAsync("other", default));
        Advance(InvocationPairs.IdTimeout - Step);
        Assert.False(forged.IsCompleted);
        Advance(2 * Step);
        Assert.Equal("true", await forged);
        // It is nobody else's any more.
        var late = pairs.FindAsync("true", default).AsTask();
        Advance(InvocationPairs.Timeout + Step);
        Assert.Null(await late);
    }

    [Fact]
    public async Task A_hundred_requests_with_one_id_get_an_invocation_each()
    {
        using var pairs = new InvocationPairs(time);
        var requests = Enumerable.Range(0, 100).Select(_ => pairs.FindAsync("forged", default).AsTask()).ToList();
        foreach (var id in Enumerable.Range(0, 100))
            pairs.Announce($"{id}");
        // A request with its true id does not wait for them.
        pairs.Announce("a");
        Assert.Equal("a", await pairs.FindAsync("a", default));
        Advance(InvocationPairs.IdTimeout + Step);
        Assert.Equal(Enumerable.Range(0, 100).Select(id => $"{id}").Order(), (await Task.WhenAll(requests)).Order());
    }

    [Fact]
    public async Task An_invocation_that_is_over_and_a_request_whose_client_is_gone_are_forgotten()
    {
        using var pairs = new InvocationPairs(time);
        pairs.Announce("over");
        pairs.Forget("over");
        using var gone = new CancellationTokenSource();
        var aborted = pairs.FindAsync("gone", gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => aborted);
        pairs.Announce("gone");
        var request = pairs.FindAsync("x", default).AsTask();
        Advance(InvocationPairs.IdTimeout + Step);
        Assert.Equal("gone", await request);
        var none = pairs.FindAsync("y", default).AsTask();
        Advance(InvocationPairs.Timeout + Step);
        Assert.Null(await none);
    }

    private void Advance(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += Step)
            time.Advance(Step);
    }
}
