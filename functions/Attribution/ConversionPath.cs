namespace ShareLinks.Attribution;

/// <summary>One touch: an opening that may have led to a conversion.</summary>
/// <param name="At">When, in Unix milliseconds.</param>
/// <param name="Key">Its value of the requested dimension; empty for none, which is a key like any other.</param>
/// <param name="IsDirect">Whether it came by no channel.</param>
internal readonly record struct PathTouch(long At, string Key, bool IsDirect);

/// <summary>A conversion and the touches before it.</summary>
internal sealed class ConversionPath
{
    /// <param name="at">When the conversion happened, in Unix milliseconds.</param>
    /// <param name="touches">Those that count, in any order; none when nothing is known to have led to the conversion.</param>
    /// <exception cref="ArgumentException">A touch is later than the conversion.</exception>
    public ConversionPath(long at, IEnumerable<PathTouch> touches)
    {
        At = at;
        PathTouch[] given = [.. touches];
        // As a rule they are in order already, and sorting would cost more than all else that is done with a path.
        Touches = IsInOrder(given) ? given : [.. given.OrderBy(touch => touch.At)];
        if (Touches.Count > 0 && Touches[^1].At > at)
            throw new ArgumentException("A touch is later than the conversion.", nameof(touches));
    }

    public long At { get; }

    /// <summary>By time; those of the same millisecond in the order in which they were given.</summary>
    public IReadOnlyList<PathTouch> Touches { get; }

    private static bool IsInOrder(PathTouch[] touches)
    {
        for (var i = 1; i < touches.Length; i++)
        {
            if (touches[i].At < touches[i - 1].At)
                return false;
        }
        return true;
    }
}
