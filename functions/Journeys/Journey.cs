namespace ShareLinks.Journeys;

/// <summary>All that is known of the openings and events of a user, or of a visitor who is none.</summary>
internal sealed class Journey
{
    private readonly Actor actor;
    private readonly IReadOnlyList<JourneyMonth> own;
    private readonly IReadOnlyList<(Actor Visitor, IReadOnlyList<JourneyMonth> Months)> visitors;

    private Journey(Actor actor, IReadOnlyList<JourneyMonth> own, IReadOnlyList<(Actor, IReadOnlyList<JourneyMonth>)> visitors) =>
        (this.actor, this.own, this.visitors) = (actor, own, visitors);

    /// <summary>The actor's own events, in order.</summary>
    public IEnumerable<JourneyEvent> Events => own.SelectMany(month => month.Events);

    /// <summary>Reads a journey: a query for the actor, and one for each visitor who turned out to be that user.</summary>
    public static async Task<Journey> ReadAsync(JourneyTable table, int generation, Actor actor, CancellationToken cancellationToken) =>
        await ReadAsync(table, generation, actor, await table.ReadAsync(generation, actor, cancellationToken), cancellationToken);

    /// <summary>As <see cref="ReadAsync(JourneyTable, int, Actor, CancellationToken)"/>, where the actor's own months are known already.</summary>
    public static async Task<Journey> ReadAsync(JourneyTable table, int generation, Actor actor, IReadOnlyList<JourneyMonth> own, CancellationToken cancellationToken)
    {
        var visitors = new List<(Actor, IReadOnlyList<JourneyMonth>)>();
        if (actor.Kind == ActorKind.User)
        {
            foreach (var visitor in own.SelectMany(month => month.Joins).Select(join => join.Other).Distinct())
                visitors.Add((visitor, await table.ReadAsync(generation, visitor, cancellationToken)));
        }
        return new Journey(actor, own, visitors);
    }

    /// <summary>The vouched joins of a visitor, in order.</summary>
    public static IReadOnlyList<Join> JoinsOf(IEnumerable<JourneyMonth> visitor) => [.. visitor.SelectMany(month => month.Joins).Where(join => join.IsVerified).Order(Join.InOrder)];

    /// <summary>Whose a visitor's opening was: the user's who signed in next, or, when nobody did after it, the last one's who had; null: nobody's that is known.</summary>
    /// <param name="joins">The visitor's vouched joins, in order.</param>
    /// <param name="at">When it was.</param>
    public static Actor? OwnerAt(IReadOnlyList<Join> joins, DateTimeOffset at)
    {
        foreach (var join in joins)
        {
            if (join.At >= at)
                return join.Other;
        }
        return joins is [.., var last] ? last.Other : null;
    }

    /// <summary>The touches that may have led to one of the actor's events.</summary>
    public IEnumerable<Candidate> CandidatesFor(JourneyEvent happened)
    {
        if (actor.Kind == ActorKind.User)
        {
            foreach (var touch in own.SelectMany(month => month.Touches))
                yield return new Candidate(touch, touch.Click is null or { IsUserVerified: true } ? null : LeftOut.ClaimedUser);
        }
        else
        {
            foreach (var candidate in TouchesOf(own, joins => OwnerAt(joins, happened.At)))
                yield return candidate;
        }
        foreach (var (_, months) in visitors)
        {
            foreach (var candidate in TouchesOf(months, _ => actor))
                yield return candidate;
        }
    }

    private static IEnumerable<Candidate> TouchesOf(IReadOnlyList<JourneyMonth> visitor, Func<IReadOnlyList<Join>, Actor?> whose)
    {
        var joins = JoinsOf(visitor);
        var owner = whose(joins);
        foreach (var touch in visitor.SelectMany(month => month.Touches))
        {
            if (OwnerAt(joins, touch.At) == owner)
                yield return new Candidate(touch, null);
            else
                yield return new Candidate(touch, joins.Count == 0 ? LeftOut.ClaimedUser : LeftOut.OtherUser);
        }
    }
}
