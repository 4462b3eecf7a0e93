using System.Text.RegularExpressions;

namespace ShareLinks.Codes;

/// <summary>A listing's title as a share text may show it.</summary>
internal static partial class ShareTextTitle
{
    /// <summary>Text elements that a title is cut at.</summary>
    public const int MaxElements = 30;

    /// <summary>The title as <see cref="DisplayTitle"/> shows it, with nothing that an app would make a link of.</summary>
    public static string Clean(string title) => DisplayTitle.Clean(AddressMarks().Replace(DisplayTitle.OneLine(title), " "), MaxElements);

    /// <summary>What makes apps take words for an address: a scheme's end, and a dot before a letter.</summary>
    [GeneratedRegex(@"[:：][/／]{2}|(?<=[\p{L}\p{N}])[.．](?=[A-Za-zＡ-Ｚａ-ｚ])")]
    private static partial Regex AddressMarks();
}
