namespace ShareLinks.Qr;

/// <summary>A finder pattern.</summary>
/// <param name="X">Its middle.</param>
/// <param name="Y">Its middle.</param>
/// <param name="Module">The width of a module along a row, in pixels.</param>
/// <param name="Rows">Rows that cross it.</param>
internal readonly record struct QrFinder(double X, double Y, double Module, int Rows);

/// <summary>Finds the three squares by which a symbol is recognised: whatever line crosses one is dark, light, dark, light, dark by 1 : 1 : 3 : 1 : 1. Pure.</summary>
internal static class QrFinders
{
    /// <summary>Candidates that are looked at: those crossed by most rows.</summary>
    private const int MaxCandidates = 12;

    private const int MaxTries = 10;

    /// <summary>How far three squares may be from the corners of a square, by the lengths of their sides.</summary>
    private const double MaxSkew = 0.2;

    /// <summary>What may be the three of a symbol, and the width of its modules: what is most like the corners of a square first.</summary>
    /// <remarks>More than one, since stains and pictures have squares and rings too.</remarks>
    public static IEnumerable<(QrFinder Corner, QrFinder Right, QrFinder Down, double Module)> Find(GreyPicture picture)
    {
        var candidates = Candidates(picture).OrderByDescending(candidate => candidate.Rows).Take(MaxCandidates).ToArray();
        var found = new List<(QrFinder Corner, QrFinder Right, QrFinder Down, double Skew)>();
        foreach (var corner in candidates)
        {
            foreach (var right in candidates.Where(right => right != corner))
            {
                foreach (var down in candidates.Where(down => down != corner && down != right))
                {
                    var (across, below) = ((X: right.X - corner.X, Y: right.Y - corner.Y), (X: down.X - corner.X, Y: down.Y - corner.Y));
                    // Turned, but not seen in a mirror.
                    if (across.X * below.Y - across.Y * below.X <= 0)
                        continue;
                    var (a, b) = (Math.Sqrt(across.X * across.X + across.Y * across.Y), Math.Sqrt(below.X * below.X + below.Y * below.Y));
                    var cosine = (across.X * below.X + across.Y * below.Y) / (a * b);
                    var (widest, narrowest) = (Math.Max(corner.Module, Math.Max(right.Module, down.Module)), Math.Min(corner.Module, Math.Min(right.Module, down.Module)));
                    var skew = Math.Abs(cosine) + Math.Abs(a - b) / Math.Max(a, b) + (widest - narrowest) / widest / 2;
                    if (skew < MaxSkew)
                        found.Add((corner, right, down, skew));
                }
            }
        }
        return found.OrderBy(three => three.Skew).Take(MaxTries).Select(three => (three.Corner, three.Right, three.Down, ModuleOf(three.Corner, three.Right, three.Down)));
    }

    /// <summary>A row crosses the squares of a turned symbol aslant.</summary>
    private static double ModuleOf(QrFinder corner, QrFinder right, QrFinder down)
    {
        var slant = Math.Atan2(right.Y - corner.Y, right.X - corner.X);
        return (corner.Module + right.Module + down.Module) / 3 * Math.Max(Math.Abs(Math.Cos(slant)), Math.Abs(Math.Sin(slant)));
    }

    private static List<QrFinder> Candidates(GreyPicture picture)
    {
        var found = new List<QrFinder>();
        var runs = new int[5];
        for (var y = 0; y < picture.Height; y++)
        {
            Array.Clear(runs);
            var wasDark = false;
            for (var x = 0; x <= picture.Width; x++)
            {
                var isDark = x < picture.Width && picture.IsDark(x, y);
                if (isDark == wasDark && x < picture.Width)
                {
                    runs[4]++;
                    continue;
                }
                if (wasDark && IsFinder(runs))
                    Look(picture, x - runs[4] - runs[3] - runs[2] / 2.0, y, found);
                runs.AsSpan(1).CopyTo(runs);
                runs[4] = 1;
                wasDark = isDark;
            }
        }
        return found;
    }

    /// <summary>Adds what a row found, if it is so in the column too.</summary>
    private static void Look(GreyPicture picture, double x, int y, List<QrFinder> found)
    {
        if (Across(place => picture.IsDark((int)x, place), y, picture.Height) is not { } column
            || Across(place => picture.IsDark(place, (int)column.Middle), (int)x, picture.Width) is not { } row)
        {
            return;
        }
        var (middleX, middleY, module) = (row.Middle, column.Middle, (row.Length + column.Length) / 14.0);
        for (var i = 0; i < found.Count; i++)
        {
            var (knownX, knownY, knownModule, rows) = found[i];
            if (Math.Abs(knownX - middleX) > 2 * module || Math.Abs(knownY - middleY) > 2 * module)
                continue;
            found[i] = new QrFinder((knownX * rows + middleX) / (rows + 1), (knownY * rows + middleY) / (rows + 1), (knownModule * rows + module) / (rows + 1), rows + 1);
            return;
        }
        found.Add(new QrFinder(middleX, middleY, module, 1));
    }

    /// <summary>The pattern along a line through a dark place: the middle of its middle, and its length.</summary>
    private static (double Middle, int Length)? Across(Func<int, bool> isDark, int from, int length)
    {
        if (!isDark(from))
            return null;
        var runs = new int[5];
        var back = from;
        for (var run = 2; run >= 0; run--)
        {
            for (; back >= 0 && isDark(back) == (run % 2 == 0); back--)
                runs[run]++;
        }
        var on = from + 1;
        var middleEnd = on;
        for (var run = 2; run < 5; run++)
        {
            for (; on < length && isDark(on) == (run % 2 == 0); on++)
                runs[run]++;
            if (run == 2)
                middleEnd = on;
        }
        return IsFinder(runs) ? (middleEnd - runs[2] / 2.0, runs.Sum()) : null;
    }

    private static bool IsFinder(ReadOnlySpan<int> runs)
    {
        var sum = 0;
        foreach (var run in runs)
        {
            if (run == 0)
                return false;
            sum += run;
        }
        if (sum < 7)
            return false;
        // An edge between two pixels may move each run by a pixel.
        var (module, slack) = (sum / 7.0, Math.Max(sum / 14.0, 1));
        return Math.Abs(runs[0] - module) <= slack && Math.Abs(runs[1] - module) <= slack && Math.Abs(runs[2] - 3 * module) <= 3 * slack && Math.Abs(runs[3] - module) <= slack && Math.Abs(runs[4] - module) <= slack;
    }
}
