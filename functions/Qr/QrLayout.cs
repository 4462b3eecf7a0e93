namespace ShareLinks.Qr;

/// <summary>Where what stands in a symbol (ISO/IEC 18004), up to version 10, whose symbols hold 119 bytes at correction H.</summary>
internal static class QrLayout
{
    public const int MaxVersion = 10;

    /// <summary>Check codewords of a block, by level (L, M, Q, H) and version.</summary>
    private static readonly byte[][] Checks =
    [
        [7, 10, 15, 20, 26, 18, 20, 24, 30, 18],
        [10, 16, 26, 18, 24, 16, 18, 22, 22, 26],
        [13, 22, 18, 26, 18, 24, 18, 22, 20, 24],
        [17, 28, 22, 16, 22, 28, 26, 26, 24, 28],
    ];

    /// <summary>Blocks, by level and version.</summary>
    private static readonly byte[][] Blocks =
    [
        [1, 1, 1, 1, 1, 2, 2, 2, 2, 4],
        [1, 1, 1, 2, 2, 4, 4, 4, 5, 5],
        [1, 1, 2, 2, 4, 4, 6, 6, 8, 8],
        [1, 1, 2, 4, 4, 4, 5, 6, 8, 8],
    ];

    /// <summary>Middles of the alignment patterns on either axis, by version.</summary>
    private static readonly byte[][] Alignment = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

    public static int WidthOf(int version) => 17 + 4 * version;

    public static (int Blocks, int Checks) BlocksOf(int version, int level) => (Blocks[level][version - 1], Checks[level][version - 1]);

    /// <summary>The modules that hold codewords, bit by bit: column pairs from the right, up and down in turn.</summary>
    public static IEnumerable<(int X, int Y)> DataModules(int version)
    {
        var width = WidthOf(version);
        var isUp = true;
        for (var right = width - 1; right > 0; right -= 2, isUp = !isUp)
        {
            // The column of the timing pattern belongs to no pair.
            if (right == 6)
                right--;
            for (var step = 0; step < width; step++)
            {
                var y = isUp ? width - 1 - step : step;
                for (var x = right; x > right - 2; x--)
                {
                    if (!IsFunction(version, x, y))
                        yield return (x, y);
                }
            }
        }
    }

    /// <summary>Whether the mask of that number turns a module over.</summary>
    public static bool IsMasked(int mask, int x, int y) => mask switch
    {
        0 => (x + y) % 2 == 0,
        1 => y % 2 == 0,
        2 => x % 3 == 0,
        3 => (x + y) % 3 == 0,
        4 => (x / 3 + y / 2) % 2 == 0,
        5 => x * y % 2 + x * y % 3 == 0,
        6 => (x * y % 2 + x * y % 3) % 2 == 0,
        _ => ((x + y) % 2 + x * y % 3) % 2 == 0,
    };

    private static bool IsFunction(int version, int x, int y)
    {
        var width = WidthOf(version);
        if (x == 6 || y == 6 || (x < 9 && (y < 9 || y >= width - 8)) || (x >= width - 8 && y < 9))
            return true;
        if (version >= 7 && ((x >= width - 11 && y < 6) || (y >= width - 11 && x < 6)))
            return true;
        var middles = Alignment[version - 1];
        foreach (var column in middles)
        {
            foreach (var row in middles)
            {
                var isUnderFinder = (column == 6 && (row == 6 || row == width - 7)) || (column == width - 7 && row == 6);
                if (!isUnderFinder && Math.Abs(x - column) <= 2 && Math.Abs(y - row) <= 2)
                    return true;
            }
        }
        return false;
    }
}
