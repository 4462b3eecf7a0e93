using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.People;

namespace ShareLinks.Tests.Clicks;

/// <summary>Makes events up.</summary>
internal static class MarketEventSamples
{
    /// <summary>Events with any field at any value.</summary>
    public static IReadOnlyList<MarketEvent> Wild(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => new MarketEvent
    {
        Type = Pick(random, "order", "open", "a_1234567890_1234567890_123456789"),
        Id = Text(random, 128) ?? "x",
        At = Time(random),
        ReceivedAt = Time(random),
        User = random.Next(2) == 0 ? new PersonId((ulong)random.NextInt64(long.MinValue, long.MaxValue)) : null,
        Click = random.Next(2) == 0 ? new ClickId(random.NextInt64(ClickId.MaxStream + 1), random.Next(ClickId.MaxSequence + 1), random.Next(ClickId.MaxPlace + 1)) : null,
        VisitorId = random.Next(2) == 0 ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : null,
        ListingId = Text(random, 128),
        Value = Amount(random),
        Currency = Pick<string?>(random, "CNY", "KWD", null),
        IsCancelled = random.Next(2) == 0,
        RefundedValue = Amount(random),
        RefundId = random.Next(3) == 0 ? $"refund-{random.Next()}" : null,
    })];

    private static decimal? Amount(Random random) => random.Next(5) switch { 0 => null, 1 => 0, 2 => 1_000_000_000_000m, 3 => 0.0001m, _ => random.NextInt64(10_000_000_000) / 10_000m };

    private static string? Text(Random random, int maxLength) => random.Next(3) == 0
        ? null
        : string.Concat(Enumerable.Range(0, random.Next(1, maxLength / 2)).Select(_ => char.ConvertFromUtf32(random.Next(2) == 0 ? random.Next(0x20, 0x7f) : random.Next(0x4e00, 0x9fff))));

    private static DateTimeOffset Time(Random random) => DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(-62135596800000, 253402300799999));

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];
}
