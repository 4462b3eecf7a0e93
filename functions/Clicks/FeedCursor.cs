using System.Globalization;

namespace ShareLinks.Clicks;

/// <summary>The next click to read: a place in the total order of all clicks.</summary>
/// <param name="Batch">The batch record's number, from 1.</param>
/// <param name="Block">Which of the batch's blocks, from 0.</param>
/// <param name="Place">Which of the block's clicks, from 0.</param>
public readonly record struct FeedCursor(int Batch, int Block, int Place)
{
    public static FeedCursor Start { get; } = new(1, 0, 0);

    public static bool TryParse(string text, out FeedCursor cursor)
    {
        cursor = default;
        var parts = text.Split('-');
        if (parts.Length != 3 || !TryParsePart(parts[0], out var batch) || !TryParsePart(parts[1], out var block) || !TryParsePart(parts[2], out var place) || batch < 1)
            return false;
        cursor = new FeedCursor(batch, block, place);
        return true;

        static bool TryParsePart(string part, out int number) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Batch}-{Block}-{Place}");
}
