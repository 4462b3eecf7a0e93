using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>Explains how one event is divided: with the weights that the answer for many is added up from, and with the touches that were left out.</summary>
/// <remarks>
/// What counts is the stored path, as for every answer. What does not is found by the same rules from the journey, so only as long as the event is in the
/// log and its person was not erased. Thread-safe.
/// </remarks>
internal sealed class EventExplainer(
    FreshFold fold, EventTable events, PathTable paths, ClickFeed feed, JourneyTable journeys, PersonTable people, SubjectNames names, ShortCodes codes, ClickIdCodes clickIds)
{
    /// <summary>Touches after the event that are shown, and touches before any look-back: a journey may go on for years on both sides.</summary>
    private const int MaxFarTouches = 20;

    private const string MarkovNote = "Markov has no weights for a single event: it divides only all of them together.";
    private const string CancelledNote = "The event was cancelled: no answer counts it.";
    private const string RetentionNote = "The event itself is past retention, or its block is damaged: touches that were left out of its path are not known any more.";
    private const string ErasedNote = "The person was erased: touches that were left out of the path are not known any more.";

    private const string FarNote = "Of the touches after the event the 20 earliest are shown, of those before any look-back the 20 latest.";

    /// <summary>The explanation; null when no such event is counted.</summary>
    public async Task<EventExplanation?> ExplainAsync(string type, string id, PathScope scope, CancellationToken cancellationToken)
    {
        if (await fold.StateAsync(cancellationToken) is not { } state
            || await events.FindAsync(type, id, cancellationToken) is not { At: { } at, Position: { } position }
            || await paths.FindAsync(state.Generation, type, id, at, cancellationToken) is not { } path)
            return null;
        var conversion = path.Conversion;
        var notes = new List<string> { MarkovNote };
        if (AttributionModel.Shapley.Note() is { } note)
            notes.Add(note);
        if (conversion.IsCancelled)
            notes.Add(CancelledNote);
        notes.AddRange(conversion.OtherCurrencies.Select(refund => FormattableString.Invariant(
            $"A refund of {refund.Amount:0.####} {refund.Currency} does not lower the value, which is {(conversion.Currency is { } own ? "in " + own : "unknown")}.")));

        var counted = path.Touches.Where(touch => scope.Counts(conversion, touch)).ToArray();
        var weighed = scope.Of(path);
        var weights = AttributionModels.All.Where(model => model.WeighsTouches()).Select(model => (Name: model.Name(), Of: TouchWeights.Of(model, weighed, scope.HalfLife))).ToArray();
        var touches = new List<TouchView>();
        for (var i = 0; i < counted.Length; i++)
            touches.Add(await ViewAsync(counted[i], scope.By) with { Weights = weights.ToDictionary(model => model.Name, model => Rounding.OfWeight(model.Of[i])) });

        var leftOut = new List<TouchView>();
        foreach (var (touch, reason) in await LeftOutAsync(state.Generation, type, id, position, path, scope, notes, cancellationToken))
            leftOut.Add(await ViewAsync(touch, scope.By) with { Reason = reason });
        return new EventExplanation(
            type, id, conversion.At, conversion.ListingId, conversion.Value, conversion.Currency, conversion.RefundedValue, conversion.IsCancelled,
            scope.By.Name, scope.LookbackDays, scope.HalfLifeDays, scope.Match, touches, leftOut, notes, state.CompleteThrough);
    }

    /// <summary>The touches that the question leaves out, and those that no path has, in order; what is to be known of them goes to the notes.</summary>
    private async Task<IEnumerable<(Touch Touch, string Reason)>> LeftOutAsync(
        int generation, string type, string id, ClickId position, StoredPath path, PathScope scope, List<string> notes, CancellationToken cancellationToken)
    {
        var all = new SortedDictionary<Touch, string>(Touch.InOrder);
        foreach (var touch in path.Touches)
        {
            if (!scope.IsInLookBack(path.Conversion, touch))
                all.Add(touch, Name(LeftOut.BeforeLookBack));
            else if (!scope.IsOnListing(path.Conversion, touch))
                all.Add(touch, "other_listing");
        }
        var happened = await feed.FindEventAsync(position, cancellationToken);
        var isErased = happened?.User is { } user && await people.NameAsync(user) is null;
        if (happened is null || isErased)
        {
            notes.Add(isErased ? ErasedNote : RetentionNote);
            return Pairs();
        }
        var entry = new JourneyEvent(type, id, position, happened.At, happened.User, happened.VisitorId, happened.Click);
        // What names nobody has the click alone that the marketplace named.
        if (entry.Actor is not { } actor)
            return Pairs();
        var journey = await Journey.ReadAsync(journeys, generation, actor, cancellationToken);
        var inPath = path.Touches.Select(touch => touch.Id).ToHashSet();
        var never = PathRules.Of(entry, journey.CandidatesFor(entry)).LeftOut.Where(touch => !inPath.Contains(touch.Touch.Id)).ToArray();
        var after = never.Where(touch => touch.Why == LeftOut.AfterEvent).ToArray();
        var before = never.Where(touch => touch.Why == LeftOut.BeforeLookBack).ToArray();
        if (after.Length > MaxFarTouches || before.Length > MaxFarTouches)
            notes.Add(FarNote);
        foreach (var (touch, why) in never.Except(after.Skip(MaxFarTouches)).Except(before.SkipLast(MaxFarTouches)))
            all.TryAdd(touch, Name(why));
        return Pairs();

        IEnumerable<(Touch, string)> Pairs() => all.Select(entry => (entry.Key, entry.Value));
    }

    private static string Name(LeftOut why) => why switch
    {
        LeftOut.AfterEvent => "after_event",
        LeftOut.BeforeLookBack => "before_lookback",
        LeftOut.ClaimedUser => "claimed_user",
        LeftOut.OtherUser => "other_user",
        LeftOut.SameVisit => "same_visit",
        LeftOut.TooMany => "too_many",
        _ => throw new ArgumentOutOfRangeException(nameof(why)),
    };

    private async Task<TouchView> ViewAsync(Touch touch, TouchDimension by)
    {
        var (click, link) = (touch.Click, touch.Click?.Link);
        var key = await by.RowKeyAsync(by.KeyOf(touch), names);
        return new TouchView
        {
            ClickId = click is null ? null : clickIds.Encode(touch.Id),
            At = touch.At,
            Code = link is null ? null : codes.Encode(link.Id),
            ListingId = link?.ListingId,
            SharerId = link?.Sharer is { } sharer ? await people.NameAsync(sharer) : null,
            Channel = link?.Channel,
            Campaign = link?.Campaign,
            Placement = link?.Placement,
            Tags = link?.Tags ?? LinkAttributes.NoTags,
            App = click?.App,
            Entry = click?.Entry.Name(),
            IsDirect = touch.IsDirect,
            Key = key.Key,
            Kind = key.Kind,
        };
    }
}
