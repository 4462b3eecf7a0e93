using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ShareLinks.Storage;

/// <summary>Tries a request to storage twice more, within the time that a visitor waits.</summary>
/// <remarks>
/// The client waits for as long as a refusal asks it to. Where that is longer than <see cref="MaxDelay"/>, the caller learns at once that storage is
/// away, and decides when to come again.
/// </remarks>
internal sealed class ShortRetries() : RetryPolicy(maxRetries: 2, DelayStrategy.CreateExponentialDelayStrategy(FirstDelay, MaxDelay))
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    protected override bool ShouldRetry(HttpMessage message, Exception? exception) => !AsksForMore(message) && base.ShouldRetry(message, exception);

    protected override async ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) => !AsksForMore(message) && await base.ShouldRetryAsync(message, exception);

    private static bool AsksForMore(HttpMessage message) =>
        message.HasResponse
        && message.Response.Headers.TryGetValue("Retry-After", out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && TimeSpan.FromSeconds(seconds) > MaxDelay;
}
