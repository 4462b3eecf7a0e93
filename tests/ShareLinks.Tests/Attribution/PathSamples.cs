using ShareLinks.Attribution;

namespace ShareLinks.Tests.Attribution;

/// <summary>Paths for tests.</summary>
internal static class PathSamples
{
    public const long DayMs = 86_400_000;
    public const long Now = 1_790_000_000_000;

    public static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>The example of docs/attribution.md: touches 21, 14 and 7 days before a conversion and right before it.</summary>
    public static ConversionPath Example { get; } = new(Now,
    [
        new PathTouch(Now - 21 * DayMs, "wechat", false),
        new PathTouch(Now - 14 * DayMs, "xiaohongshu", false),
        new PathTouch(Now - 7 * DayMs, "wechat", false),
        new PathTouch(Now, "", true),
    ]);

    /// <summary>A path whose touches are all of one moment.</summary>
    public static ConversionPath Of(params IEnumerable<string> keys) => new(Now, keys.Select(key => new PathTouch(Now, key, key.Length == 0)));

    /// <summary>Up to 8 touches of up to <paramref name="keys"/> keys within a month, some of them direct and some at the same time.</summary>
    public static ConversionPath Wild(Random random, int keys) => new(Now, Enumerable.Range(0, random.Next(9)).Select(_ =>
    {
        var key = random.Next(keys);
        return new PathTouch(Now - random.Next(30) * DayMs, key == 0 ? "" : $"k{key}", key == 0 || random.Next(10) == 0);
    }).ToList());
}
