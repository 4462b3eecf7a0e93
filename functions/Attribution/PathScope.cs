using System.Globalization;
using ShareLinks.Http;
using ShareLinks.Journeys;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Which touches of stored paths a question counts, and what tells them apart. Pure.</summary>
/// <param name="By">What tells them apart.</param>
/// <param name="LookbackDays">How long before a conversion a touch may be, from 1 to <see cref="PathRules.MaxLookBack"/>.</param>
/// <param name="HalfLifeDays">The age at which a touch counts half, above 0; only time decay looks at it.</param>
/// <param name="IsOwnListing">Whether only touches on the conversion's own listing count: a conversion without a listing has none then.</param>
internal sealed record PathScope(TouchDimension By, int LookbackDays, double HalfLifeDays, bool IsOwnListing)
{
    private const int DefaultDays = 7;
    private const string AnyMatch = "any";
    private const string ListingMatch = "listing";

    private static int MaxDays => (int)PathRules.MaxLookBack.TotalDays;

    public TimeSpan LookBack { get; } = TimeSpan.FromDays(LookbackDays);

    public TimeSpan HalfLife { get; } = TimeSpan.FromDays(HalfLifeDays);

    public string Match => IsOwnListing ? ListingMatch : AnyMatch;

    /// <summary>Reads a question's <c>by</c>, <c>lookbackDays</c>, <c>halfLifeDays</c> and <c>match</c>; without them by channel, 7 days each, any listing.</summary>
    public static (PathScope Scope, Problem? Problem) Parse(string? by, string? lookbackDays, string? halfLifeDays, string? match)
    {
        if (TouchDimension.Find(by ?? TouchDimension.DefaultName) is not { } dimension)
            return (null!, Problem.InvalidQuery("by", TouchDimension.Expected));
        var (days, problem) = ParseLookBack(lookbackDays);
        if (problem is not null)
            return (null!, problem);
        double halfLife = DefaultDays;
        if (halfLifeDays is not null && !(double.TryParse(halfLifeDays, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out halfLife)
            && halfLife <= MaxDays && TimeSpan.FromDays(halfLife) > TimeSpan.Zero))
            return (null!, Problem.InvalidQuery("halfLifeDays", $"must be a number above 0, at most {MaxDays}"));
        return match is null or AnyMatch or ListingMatch
            ? (new PathScope(dimension, days, halfLife, match == ListingMatch), null)
            : (null!, Problem.InvalidQuery("match", $"must be {AnyMatch} or {ListingMatch}"));
    }

    /// <summary>Reads a question's <c>lookbackDays</c>; without it 7.</summary>
    public static (int Days, Problem? Problem) ParseLookBack(string? lookbackDays)
    {
        var days = DefaultDays;
        return lookbackDays is null || (int.TryParse(lookbackDays, NumberStyles.None, CultureInfo.InvariantCulture, out days) && days >= 1 && days <= MaxDays)
            ? (days, null)
            : (0, Problem.InvalidQuery("lookbackDays", $"must be 1 to {MaxDays}"));
    }

    public bool IsInLookBack(Conversion conversion, Touch touch) => touch.At >= conversion.At - LookBack;

    public bool IsOnListing(Conversion conversion, Touch touch) => !IsOwnListing || (conversion.ListingId is { } listing && touch.Click?.Link.ListingId == listing);

    public bool Counts(Conversion conversion, Touch touch) => IsInLookBack(conversion, touch) && IsOnListing(conversion, touch);

    /// <summary>Whether one of the touches that count is on one of some subjects.</summary>
    public bool HasTouchOn(StoredPath path, IReadOnlyList<Subject> subjects) =>
        path.Touches.Any(touch => touch.Click is { } click && Counts(path.Conversion, touch) && subjects.Any(subject => subject.Covers(click.Link)));

    /// <summary>A stored path as models see it: the touches that count, in their order.</summary>
    public ConversionPath Of(StoredPath path)
    {
        var touches = new List<PathTouch>(path.Touches.Count);
        foreach (var touch in path.Touches)
        {
            if (Counts(path.Conversion, touch))
                touches.Add(new PathTouch(touch.At.ToUnixTimeMilliseconds(), By.KeyOf(touch), touch.IsDirect));
        }
        // A touch that counts may seem a little later than the event.
        var at = path.Conversion.At.ToUnixTimeMilliseconds();
        return new ConversionPath(touches is [.., var last] && last.At > at ? last.At : at, touches);
    }
}
