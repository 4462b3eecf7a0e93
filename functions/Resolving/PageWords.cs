using System.Text.Json;
using ShareLinks.Http;

namespace ShareLinks.Resolving;

/// <summary>Every word on this service's pages in one language: a file in <c>Resolving/Languages</c>, and a further file is a further language.</summary>
public sealed record PageWords
{
    private const string Default = "en";

    private static readonly Lazy<IReadOnlyList<PageWords>> Files = new(ReadAll);

    /// <summary>As in <c>Accept-Language</c>: <c>zh-CN</c>.</summary>
    public required string Language { get; init; }

    public required Notice Home { get; init; }

    public required Notice Unknown { get; init; }

    public required Notice NotFoundInText { get; init; }

    public required Notice TextTooLong { get; init; }

    public required Notice TooManyFailures { get; init; }

    public required Notice Gone { get; init; }

    public required Notice Unavailable { get; init; }

    public required string BoxLabel { get; init; }

    public required string BoxButton { get; init; }

    public required string Untitled { get; init; }

    public required string Sold { get; init; }

    public required string Removed { get; init; }

    public required string Successor { get; init; }

    public required string Similar { get; init; }

    public required string OpenApp { get; init; }

    public required string OpenWeb { get; init; }

    public required string OpenWechat { get; init; }

    public required string OpenAlipay { get; init; }

    public required string Store { get; init; }

    public required string StoreHint { get; init; }

    public required string Passphrase { get; init; }

    public required string CopyHint { get; init; }

    public required string Copy { get; init; }

    public required string Copied { get; init; }

    public required string CopyFailed { get; init; }

    public required string ShareText { get; init; }

    public required string OpenInBrowser { get; init; }

    public required string OpenInBrowserHow { get; init; }

    public required string Close { get; init; }

    public required string Scan { get; init; }

    public required string ScanPicture { get; init; }

    public required string Ask { get; init; }

    public required string AskYes { get; init; }

    public required string AskNo { get; init; }

    /// <summary>All languages there are.</summary>
    public static IReadOnlyList<PageWords> All => Files.Value;

    /// <summary>The words in the language that a visitor's request likes best of those there are; English when it names none of them.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="title">A text for readers of its own language, which stands in where the request names none; null for none.</param>
    public static PageWords For(IHeaderDictionary headers, string? title = null) =>
        RequestLanguages.Choose(headers, All, LanguageOf) ?? (title is not null && IsChinese(title) ? RequestLanguages.Find("zh", All, LanguageOf) : null) ?? RequestLanguages.Find(Default, All, LanguageOf)!;

    private static string LanguageOf(PageWords words) => words.Language;

    /// <summary>Whether a text has Chinese characters, and none of those that only Japanese has beside them.</summary>
    private static bool IsChinese(string text) => text.Any(c => c is >= '\u4e00' and <= '\u9fff') && !text.Any(c => c is >= '\u3041' and <= '\u30fa');

    private static List<PageWords> ReadAll()
    {
        var assembly = typeof(PageWords).Assembly;
        var all = new List<PageWords>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("Languages/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var file = assembly.GetManifestResourceStream(name)!;
            all.Add(JsonSerializer.Deserialize(file, ResolvingJson.Instance.PageWords)!);
        }
        return all;
    }
}

/// <summary>A heading and a sentence or two.</summary>
public sealed record Notice(string Title, string Text);
