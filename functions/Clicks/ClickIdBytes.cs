using ShareLinks.Codes;

namespace ShareLinks.Clicks;

/// <summary>Click ids as bytes: the stream in 48 bits, then the sequence and the place as numbers.</summary>
internal static class ClickIdBytes
{
    public static void ClickId(this ByteWriter writer, ClickId id)
    {
        writer.Int48(id.Stream);
        writer.Number(id.Sequence);
        writer.Number(id.Place);
    }

    /// <exception cref="InvalidDataException">The bytes are no click id.</exception>
    public static ClickId ClickId(this ref ByteReader reader) => new(reader.Int48(), reader.Count(Codes.ClickId.MaxSequence), reader.Count(Codes.ClickId.MaxPlace));
}
