using System.Globalization;
using ShareLinks.Codes;

namespace ShareLinks.Clicks;

/// <summary>The place of a block: the <paramref name="Sequence"/>-th of its stream, from 0.</summary>
public readonly record struct BlockKey(long Stream, int Sequence)
{
    public string Partition => StreamPartition(Stream);

    public string Row => SequenceRow(Sequence);

    public static string StreamPartition(long stream) => stream.ToString("x12", CultureInfo.InvariantCulture);

    public static string SequenceRow(int sequence) => sequence.ToString("x6", CultureInfo.InvariantCulture);

    public ClickId Click(int place) => new(Stream, Sequence, place);

    public ClickId Event(int place) => new(Stream, Sequence, ClickId.FirstEventPlace + place);

    public override string ToString() => $"{Partition}/{Row}";
}
