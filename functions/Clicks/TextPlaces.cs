namespace ShareLinks.Clicks;

/// <summary>Texts of a block or row, each written once and named by its place: 0 is none, then in the order of their first use. Not thread-safe.</summary>
internal sealed class TextPlaces
{
    /// <summary>Keeps its keys in the order of insertion, as none is ever removed.</summary>
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);

    /// <summary>A text's place, given at its first use.</summary>
    public int Of(string? text)
    {
        if (text is null)
            return 0;
        if (!places.TryGetValue(text, out var place))
            places.Add(text, place = places.Count + 1);
        return place;
    }

    /// <summary>Writes the texts, of which there are all once every place is asked for.</summary>
    public void Write(ByteWriter writer)
    {
        writer.Number(places.Count);
        foreach (var text in places.Keys)
            writer.Text(text);
    }

    /// <summary>The texts by their places.</summary>
    public static string?[] Read(ref ByteReader reader)
    {
        var texts = new string?[reader.Count(reader.Rest.Length) + 1];
        for (var i = 1; i < texts.Length; i++)
            texts[i] = reader.Text();
        return texts;
    }
}
