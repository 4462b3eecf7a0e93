using System.Text.RegularExpressions;

namespace ShareLinks.Codes;

/// <summary>A listing's title as a share text may show it.</summary>
internal static partial class ShareTextTitle
{
    /// <summary>Text elements that a title is cut at.</summary>
    public const int MaxElements = 30;

    /// <summary>The title as <see cref="DisplayTitle"/> shows it, with nothing that an app would make a link of.</summary>
    public static string Clean(string title) => DisplayTitle.Clean(AddressMarks().Replace(DisplayTitle.OneLine(title), " "), MaxElements);

    /// <summary>
    /// What makes apps take words for an address: a scheme's end, a dot before a letter, and the dots of four numbers. A Chinese full stop counts
    /// between Latin letters alone.
    /// </summary>
    [GeneratedRegex(@"[:：][/／]{2}|(?<=[\p{L}\p{N}])[.．｡․](?=\p{L})|(?<=[A-Za-z0-9])。(?=[A-Za-z])|(?<=\d)[.．](?=\d{1,3}[.．]\d{1,3}[.．]\d)|(?<=\d[.．]\d{1,3})[.．](?=\d{1,3}[.．]\d)|(?<=\d[.．]\d{1,3}[.．]\d{1,3})[.．](?=\d)")]
    private static partial Regex AddressMarks();
}
