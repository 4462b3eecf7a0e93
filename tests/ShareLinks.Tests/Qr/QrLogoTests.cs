using ShareLinks.Qr;

namespace ShareLinks.Tests.Qr;

public class QrLogoTests
{
    [Fact]
    public async Task A_drawing_beyond_the_turns_waits_without_a_thread()
    {
        var turns = new List<IDisposable>();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            turns.Add(await QrLogo.BeginAsync(TestContext.Current.CancellationToken));
        // Were it to wait here, the caller's thread would be held, and nothing would end these turns.
        var next = QrLogo.BeginAsync(TestContext.Current.CancellationToken);
        Assert.False(next.IsCompleted);
        turns.ForEach(turn => turn.Dispose());
        (await next).Dispose();
    }

    [Fact]
    public async Task A_caller_who_hangs_up_takes_no_turn()
    {
        var turns = new List<IDisposable>();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            turns.Add(await QrLogo.BeginAsync(TestContext.Current.CancellationToken));
        using var caller = new CancellationTokenSource();
        var waiting = QrLogo.BeginAsync(caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        turns.ForEach(turn => turn.Dispose());
        for (var i = 0; i < turns.Count; i++)
            turns[i] = await QrLogo.BeginAsync(TestContext.Current.CancellationToken);
        turns.ForEach(turn => turn.Dispose());
    }
}
