namespace ShareLinks.Journeys;

/// <summary>Finds out which touches of those that may have led to an event do count: pure.</summary>
/// <remarks>
/// Those count that happened in the <see cref="MaxLookBack"/> before the event, at its very moment too (at any time of its second, when it is told to
/// whole seconds alone), and were its person's: a user's own openings that
/// a server of the marketplace vouched for; the openings of visitors with cookies who turned out to be that user; the click that the event names. A visit
/// that was continued in another app is one touch, its first opening. What counts, and in which order, depends on what is known alone.
/// </remarks>
internal static class PathRules
{
    /// <summary>How long before an event a touch may be; questions narrow it.</summary>
    public static readonly TimeSpan MaxLookBack = TimeSpan.FromDays(90);

    /// <summary>How much later than an event touches of its person may seem that count: its time may be without the parts of the second.</summary>
    public static readonly TimeSpan MaxLater = TimeSpan.FromMilliseconds(999);

    /// <summary>How much later than an event the click may seem that the event itself names, since the clocks of two systems differ.</summary>
    public static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Clicks that a path has at most, the latest.</summary>
    public const int MaxClicks = 150;

    /// <summary>Openings of the app that it has beside them at most, the latest.</summary>
    public const int MaxOpenings = 50;

    /// <summary>What leads to an event, and what does not, each in order.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="candidates">Touches that may belong to it; of one given more than once, one that counts stands.</param>
    public static (IReadOnlyList<Touch> Touches, IReadOnlyList<LeftOutTouch> LeftOut) Of(JourneyEvent happened, IEnumerable<Candidate> candidates)
    {
        var all = new SortedDictionary<Touch, LeftOut?>(Touch.InOrder);
        foreach (var (touch, why) in candidates)
        {
            if (touch.Id == happened.Position)
                continue;
            var reason = touch.At > EndOf(happened, touch) ? Journeys.LeftOut.AfterEvent
                : touch.At < happened.At - MaxLookBack ? Journeys.LeftOut.BeforeLookBack
                : why;
            if (!all.TryGetValue(touch, out var known) || known is not null)
                all[touch] = reason;
        }
        var counted = all.Where(entry => entry.Value is null).Select(entry => entry.Key).ToArray();
        var ids = counted.Select(touch => touch.Id).ToHashSet();
        foreach (var touch in counted)
        {
            if (touch.Click?.Continues is { } visit && ids.Contains(visit))
                all[touch] = Journeys.LeftOut.SameVisit;
        }
        LeaveOutEarliest(touch => touch.Click is not null, MaxClicks);
        LeaveOutEarliest(touch => touch.Click is null, MaxOpenings);
        return (
            [.. all.Where(entry => entry.Value is null).Select(entry => entry.Key)],
            [.. all.Where(entry => entry.Value is not null).Select(entry => new LeftOutTouch(entry.Key, entry.Value!.Value))]);

        void LeaveOutEarliest(Func<Touch, bool> isOfKind, int max)
        {
            var kept = all.Where(entry => entry.Value is null && isOfKind(entry.Key)).Select(entry => entry.Key).ToArray();
            foreach (var touch in kept.SkipLast(max))
                all[touch] = Journeys.LeftOut.TooMany;
        }
    }

    private static DateTimeOffset EndOf(JourneyEvent happened, Touch touch) => happened.At
        + (touch.Id == happened.Click ? MaxClockSkew : happened.At.UtcTicks % TimeSpan.TicksPerSecond == 0 ? MaxLater : TimeSpan.Zero);
}

/// <summary>A touch that does not count for an event.</summary>
internal readonly record struct LeftOutTouch(Touch Touch, LeftOut Why);
