using System.Buffers;

namespace ShareLinks.Resolving;

/// <summary>The agents of crawlers, link previews, monitors and HTTP libraries: npm's lists <c>crawler-user-agents</c> and <c>isbot</c>, as the build found them, and a few conventions.</summary>
/// <remarks>Thread-safe; read at the first use, which takes some milliseconds. Reads at most what it is given: the caller caps the agent.</remarks>
internal static class Crawlers
{
    /// <summary>Patterns of <c>crawler-user-agents</c> that also fit people's agents, which must not lose them. What they are listed for is found by other means where possible.</summary>
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

    /// <summary>Patterns of <c>isbot</c> that also fit people's agents. What it finds by them, the other list or the conventions mostly find as well.</summary>
    public static readonly IReadOnlyDictionary<string, string> IsbotExceptions = new Dictionary<string, string>
    {
        ["sogou"] = "also a browser; the spiders give an address",
        ["discovery"] = "also phones",
        ["radar"] = "also phones",
        ["catch"] = "also televisions of Hisense, whose browser says Catcher",
        ["(?:^|[^g])news(?!sapphire)"] = "also phones, and apps that show news",
        ["chromeframe"] = "also a plug-in of Internet Explorer",
        [@"\b\w+/1\.0;"] = "also phones' systems, such as Bada/1.0",
    };

    /// <summary>Names of people's phones, televisions and apps in which <c>isbot</c> sees a program.</summary>
    private static readonly SearchValues<string> People = SearchValues.Create(
        ["CUBOT", "XBot", "M BOT", "M_BOT", "B BOT", "C BOT", "VR BOT", "ID BOT", "POWER BOT", "Google Nexus", "Google TV", "GoogleTV", "GmmClient", "GooglePlus", "GooglePlayStore"],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>How agents that no list has yet tend to say what they are: with an address to ask at, or in so many words; and what Chrome's own documentation has for a version.</summary>
    private static readonly string[] Conventions = ["+http", "+mailto:", "spider", "crawler", "Crawler", "bot/", "Bot/", "bot-", "Bot-", "bot;", "Headless", "URIPreview", "W.X.Y.Z"];

    /// <summary>What says that a browser's engine draws the page.</summary>
    private static readonly SearchValues<string> Engines = SearchValues.Create(["WebKit", "Gecko", "KHTML", "Trident", "MSIE", "Presto", "Opera", "NetFront"], StringComparison.OrdinalIgnoreCase);

    private static readonly AgentPatterns Listed = new("crawlers.txt", ignoresCase: false, Exceptions, Conventions);
    private static readonly AgentPatterns Isbot = new("isbot.txt", ignoresCase: true, IsbotExceptions);

    /// <summary>Whether the agent is a listed or self-declared crawler's.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="isApp">Whether it names an app that people use, in whose many words <c>isbot</c> would see programs.</param>
    public static bool Match(ReadOnlySpan<char> agent, bool isApp) => Listed.Match(agent) || IsCompatible(agent) || (!isApp && !agent.ContainsAny(People) && Isbot.Match(agent));

    /// <summary>Whether the agent is no more than <c>Mozilla/5.0 (compatible; Name/1.0)</c>: as programs say it that draw nothing.</summary>
    private static bool IsCompatible(ReadOnlySpan<char> agent)
    {
        const string opening = "(compatible; ";
        var start = agent.IndexOf(opening, StringComparison.Ordinal);
        if (start < 0 || agent.ContainsAny(Engines))
            return false;
        var name = agent[(start + opening.Length)..];
        var end = name.IndexOfAny("/;()");
        return end > 0 && name[end] == '/' && end + 1 < name.Length && char.IsAsciiDigit(name[end + 1]);
    }
}
