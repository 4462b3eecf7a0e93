using System.Buffers;
using System.Text.RegularExpressions;

namespace ShareLinks.Resolving;

/// <summary>The agents of crawlers, link previews, monitors and HTTP libraries: npm's list <c>crawler-user-agents</c>, as the build found it, and a few conventions.</summary>
/// <remarks>Thread-safe; read at the first use, which takes some milliseconds. Reads at most what it is given: whoever calls caps the agent.</remarks>
internal static class Crawlers
{
    /// <summary>Patterns of the list that also fit people's agents, which must not lose them. What they are listed for is found by other means where possible.</summary>
    public static readonly IReadOnlyDictionary<string, string> Exceptions = new Dictionary<string, string>
    {
        ["MetaIAB Facebook"] = "Facebook's own in-app browser: IAB is that, and the listed sample is a phone's web view",
        ["AP3A.240617.008"] = "a build of Android 15 on many phones; the listed sample is someone's Instagram",
        ["Sogou"] = "also a browser and an input method; the spiders give an address",
        ["coccoc"] = "also a browser; the spiders give an address",
        ["Freespoke/"] = "also a browser; the spider gives an address",
        ["Viber"] = "also an in-app browser; the preview agent names no system",
        ["Blackboard"] = "also an in-app browser; the checker names no system",
        ["Notion/"] = "also a desktop app; the preview agent names no system",
        ["Sonic"] = "also ViewSonic's devices; the crawlers give an address",
        ["Butterfly"] = "also phones of HTC; the crawler gives an address",
        ["Fever"] = "also a tablet; the feed reader names no system",
        ["Expanse"] = "also a phone; the scanner names no system",
        ["008/"] = "also the end of phones' model numbers; the crawler names no system",
    };

    /// <summary>How agents that no list has yet tend to say what they are: with an address to ask at, or in so many words.</summary>
    private static readonly string[] Conventions = ["+http", "spider", "crawler", "Crawler", "bot/", "Bot/", "bot-", "Bot-", "bot;", "Headless"];

    private static readonly SearchValues<string> Texts;

    /// <summary>What must be in an agent that any expression fits.</summary>
    private static readonly SearchValues<string> Hints;

    private static readonly Lazy<Regex[]> Expressions;

    static Crawlers()
    {
        var texts = new List<string>(Conventions);
        var hints = new List<string>();
        var expressions = new List<string>();
        foreach (var line in ReadLines())
        {
            var fields = line.Split('\t');
            if (Exceptions.ContainsKey(fields[0]))
                continue;
            if (fields.Length == 1)
            {
                texts.Add(fields[0]);
                continue;
            }
            expressions.Add(fields[0]);
            hints.AddRange(fields.AsSpan(1));
        }
        Texts = SearchValues.Create([.. texts], StringComparison.Ordinal);
        Hints = SearchValues.Create([.. hints], StringComparison.Ordinal);
        Expressions = new(() => [.. expressions.Select(expression => new Regex(expression, RegexOptions.CultureInvariant))]);
    }

    /// <summary>Whether the agent is a listed or self-declared crawler's.</summary>
    public static bool Match(ReadOnlySpan<char> agent)
    {
        if (agent.ContainsAny(Texts))
            return true;
        if (!agent.ContainsAny(Hints))
            return false;
        foreach (var expression in Expressions.Value)
        {
            if (expression.IsMatch(agent))
                return true;
        }
        return false;
    }

    private static string[] ReadLines()
    {
        using var reader = new StreamReader(typeof(Crawlers).Assembly.GetManifestResourceStream("crawlers.txt")!);
        return reader.ReadToEnd().Split('\n');
    }
}
