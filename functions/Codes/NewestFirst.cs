using System.Globalization;

namespace ShareLinks.Codes;

/// <summary>Link ids as ten hexadecimal digits whose text order is the newest link first.</summary>
public static class NewestFirst
{
    public static string Key(LinkId id) => new LinkId(LinkId.Max - id.Value).ToString();

    public static LinkId Link(ReadOnlySpan<char> key) => new(LinkId.Max - long.Parse(key, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
