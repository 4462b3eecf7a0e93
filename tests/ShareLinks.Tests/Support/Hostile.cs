using FsCheck;
using FsCheck.Fluent;

namespace ShareLinks.Tests.Support;

/// <summary>Texts and bytes as nobody should send them.</summary>
internal static class Hostile
{
    /// <summary>What would be markup, or would leave an attribute, where it is shown without encoding.</summary>
    public static IReadOnlyList<string> Markup { get; } =
        ["<slprobe>", "\"><slprobe>", "'><slprobe>", "</script><slprobe>", "--><slprobe>", "</textarea><slprobe>", "\" slprobe=\"1", "' slprobe='1", "]]><slprobe>"];

    private static readonly string[] Nasty =
    [
        "", " ", "%", "%00", "%0d%0aX: y", "/", "\\", "//evil.example", "#", "?", "..", "%2e%2e%2f", "'", "''", "\"", "{{}}", "{listingId}", "$batch", "=1+1", "@x", "\u0000", "\u0001", "\r\nX: y", "\t",
        "\u007f", "\u0085", "\u202e", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udc00\ud800", "😀", "闲鱼", "e\u0301", "0", "-1", "1", "9223372036854775807", "1e999", "1e-999", "NaN", "null", "true", "[]", "{}",
        "0001-01-01", "9999-12-31", "2026-11-24", "2026-11-24T10:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00-12:00", "0000-00-00", "AbC3dE9kQ", "7K2M9QXA3FVD", "￥7K2M-9QXA-3FVD￥",
        "javascript:alert(1)", "https://market.example/item/1", "http://[::1", "https://user:pass@market.example/", "1-0-0", "2147483647-2147483647-2147483647", "order", "all", "link:", "tag:a=b", "placement:a/*",
        new string('闲', 128), new string('A', 300), new string('9', 400), new string('x', 3000), string.Concat(Enumerable.Repeat("😀", 700)),
    ];

    /// <summary>Any text, one that was met somewhere, or one that would do harm where it is not encoded.</summary>
    public static Gen<string> Text { get; } = Gen.Frequency(
        (3, Gen.Elements(Nasty)),
        (3, Gen.Elements(Markup.ToArray())),
        (1, ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "")),
        (1, Gen.ArrayOf(Gen.Choose(0, 0xffff).Select(unit => (char)unit)).Select(units => new string(units))),
        (1, Gen.Two(Gen.Elements(Nasty)).Select(two => two.Item1 + two.Item2)));

    /// <summary>One of the given texts with a place changed, cut or doubled, or another text put in.</summary>
    public static Gen<string> Damaged(params string[] texts) =>
        from text in Gen.Elements(texts)
        from other in Text
        from at in Gen.Choose(0, text.Length)
        from unit in Gen.Choose(1, 0xffff)
        from way in Gen.Choose(0, 4)
        select way switch
        {
            0 => text[..at],
            1 => text[at..],
            2 => text[..at] + (char)unit + text[Math.Min(text.Length, at + 1)..],
            3 => text[..at] + other + text[at..],
            _ => text + text,
        };

    /// <summary>Any bytes, or some of the given ones with bytes changed, cut off or put in.</summary>
    public static Gen<byte[]> Bytes(params byte[][] samples)
    {
        var any = Gen.ArrayOf(Gen.Choose(0, 255).Select(value => (byte)value));
        var damaged =
            from bytes in Gen.Elements(samples)
            from places in Gen.ArrayOf(Gen.Choose(0, Math.Max(0, bytes.Length - 1)), 3)
            from values in Gen.ArrayOf(Gen.Choose(0, 255), 3)
            from put in any
            from way in Gen.Choose(0, 5)
            select way switch
            {
                0 => bytes[..places[0]],
                1 => [.. bytes[..places[0]], .. put, .. bytes[places[0]..]],
                2 => Changed(bytes, places[..1], values),
                _ => Changed(bytes, places, values),
            };
        return Gen.Frequency((1, any), (5, damaged));
    }

    private static byte[] Changed(byte[] bytes, int[] places, int[] values)
    {
        var changed = bytes.ToArray();
        foreach (var (i, place) in places.Index())
        {
            if (place < changed.Length)
                changed[place] = (byte)values[i];
        }
        return changed;
    }
}
