namespace ShareLinks.Codes;

/// <summary>Where a click, or an event, stands in the click log, so that reading it is one point read.</summary>
/// <param name="Stream">The stream's number, 48 bits.</param>
/// <param name="Sequence">The block's place in the stream, 0 to 2²⁴ − 1.</param>
/// <param name="Place">The click's place in the block, from 0; events have those from <see cref="FirstEventPlace"/> on. At most 65,535.</param>
public readonly record struct ClickId(long Stream, int Sequence, int Place)
{
    public const long MaxStream = (1L << 48) - 1;
    public const int MaxSequence = (1 << 24) - 1;
    public const int MaxPlace = ushort.MaxValue;
    public const int FirstEventPlace = 0x8000;
}
