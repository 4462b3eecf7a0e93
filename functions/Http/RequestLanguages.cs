using Microsoft.Net.Http.Headers;

namespace ShareLinks.Http;

/// <summary>The languages that a request asks for: in <c>Accept-Language</c>, else in the agent of an app that names the one it is set to. Thread-safe.</summary>
/// <remarks>A language is a tag of RFC 5646, such as <c>zh-CN</c>; <c>zh_CN</c>, as systems and apps write it, is read as the same.</remarks>
public static class RequestLanguages
{
    private const int MaxLength = 35;

    /// <summary>What stands before an app's language: <c>Language/zh_CN</c> (WeChat, Alipay, DingTalk), <c>ByteLocale/zh-CN</c> (Douyin), <c>LarkLocale/zh_CN</c> (Feishu), <c>FBLC/zh_CN</c> (Facebook).</summary>
    private static readonly string[] AgentMarkers = ["Language/", "Locale/", "FBLC/"];

    /// <summary>The languages that ISO 639-3 counts to Chinese. Their speakers read its texts.</summary>
    private static readonly HashSet<string> Chinese = new(
        ["cdo", "cjy", "cmn", "cnp", "cpx", "csp", "czh", "czo", "gan", "hak", "hsn", "lzh", "mnp", "nan", "wuu", "yue"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The first language that the request names; null when it names none.</summary>
    public static string? First(IHeaderDictionary headers)
    {
        for (var rest = headers.AcceptLanguage.ToString().AsSpan(); rest.Length > 0;)
        {
            var end = rest.IndexOf(',');
            var entry = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            var weight = entry.IndexOf(';');
            if (Tag(weight < 0 ? entry : entry[..weight]) is { } language)
                return language;
        }
        return OfAgent(headers.UserAgent.ToString());
    }

    /// <summary>What is offered in the language that the request likes best of those there are, or in one of the same family: <c>zh-CN</c> for <c>zh-TW</c> and <c>yue</c>.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="offered">What there is.</param>
    /// <param name="languageOf">The language of each.</param>
    /// <returns>Null when the request names none of these languages.</returns>
    public static T? Choose<T>(IHeaderDictionary headers, IReadOnlyList<T> offered, Func<T, string> languageOf)
        where T : class
    {
        if (StringWithQualityHeaderValue.TryParseList(headers.AcceptLanguage, out var wanted))
        {
            foreach (var language in wanted.Where(language => language.Quality is not 0).OrderByDescending(language => language.Quality ?? 1))
            {
                if (Tag(language.Value.AsSpan()) is { } tag && Find(tag, offered, languageOf) is { } liked)
                    return liked;
            }
        }
        return OfAgent(headers.UserAgent.ToString()) is { } own ? Find(own, offered, languageOf) : null;
    }

    /// <summary>What is offered in a language, else in one of the same family; null when there is none.</summary>
    public static T? Find<T>(string language, IReadOnlyList<T> offered, Func<T, string> languageOf)
        where T : class =>
        offered.FirstOrDefault(one => languageOf(one).Equals(language, StringComparison.OrdinalIgnoreCase))
        ?? offered.FirstOrDefault(one => Family(languageOf(one)).Equals(Family(language), StringComparison.OrdinalIgnoreCase));

    private static string? OfAgent(string agent)
    {
        foreach (var marker in AgentMarkers)
        {
            var at = agent.IndexOf(marker, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                continue;
            var rest = agent.AsSpan(at + marker.Length);
            var end = 0;
            while (end < rest.Length && (char.IsAsciiLetterOrDigit(rest[end]) || rest[end] is '-' or '_'))
                end++;
            if (Tag(rest[..end]) is { } language)
                return language;
        }
        return null;
    }

    /// <summary>A language's tag with hyphens; null when the text is none, such as <c>*</c>.</summary>
    private static string? Tag(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.Length is 0 or > MaxLength || !char.IsAsciiLetter(text[0]))
            return null;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return null;
        }
        var tag = text.ToString();
        return text.Contains('_') ? tag.Replace('_', '-') : tag;
    }

    private static string Family(string language)
    {
        var family = language.Split('-')[0];
        return Chinese.Contains(family) ? "zh" : family;
    }
}
