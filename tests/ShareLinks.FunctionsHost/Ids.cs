using System.Globalization;

namespace ShareLinks.FunctionsHost;

/// <summary>Ids in the form of the host's GUIDs, none of them twice in this process.</summary>
internal static class Ids
{
    private static long last;

    public static string Next() => string.Create(CultureInfo.InvariantCulture, $"5c1a0000-0000-4000-8000-{Interlocked.Increment(ref last):x12}");
}
