using System.Runtime.CompilerServices;

namespace ShareLinks.Tests.Support;

/// <summary>Waits for what happens sooner or later, as long as it takes on this machine.</summary>
internal static class Wait
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        UntilAsync(() => Task.FromResult(condition()), text);

    public static async Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        for (var started = TimeProvider.System.GetTimestamp(); !await condition();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Scale.HangTimeout, $"This never became true: {text}");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
