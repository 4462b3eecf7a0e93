using ShareLinks.Clicks;
using ShareLinks.Journeys;
using ShareLinks.People;
using ShareLinks.Rollups;

namespace ShareLinks.Privacy;

/// <summary>Erases a person: who the number stands for, the list of links shared, and the journey. What stays is a number that means nobody.</summary>
/// <remarks>
/// The number is written down first, so an erasure that was cut off is finished by the next turn of the app's upkeep. That also looks through each
/// erasure once more after some minutes, for what another instance, which still remembered the person, may have written meanwhile. Thread-safe.
/// </remarks>
internal sealed class PersonErasure(
    PersonTable people, JourneyTable journeys, FoldGenerations generations, ErasureTable erasures, ErasedCookies cookies, RetentionRecord retention, TimeProvider time)
{
    /// <summary>Longer than any instance remembers a row, and than a step of the fold takes.</summary>
    private static readonly TimeSpan SecondLookAfter = TimeSpan.FromMinutes(10);

    /// <summary>Erases a person; nothing happens when nobody has that id.</summary>
    public async Task EraseAsync(string userId, CancellationToken cancellationToken)
    {
        if (await people.FindFreshAsync(userId) is not { } person)
            return;
        await erasures.AddAsync(person, cancellationToken);
        await EraseAsync(person, cancellationToken);
    }

    /// <summary>Finishes erasures that were begun some time ago, or all of them.</summary>
    public async Task FinishAsync(bool evenRecent, CancellationToken cancellationToken)
    {
        foreach (var (person, age) in await erasures.ListAsync(cancellationToken))
        {
            if (age < SecondLookAfter && !evenRecent)
            {
                // Cut off before it had begun?
                if (await people.NameAsync(person) is not null)
                    await EraseAsync(person, cancellationToken);
                continue;
            }
            await EraseAsync(person, cancellationToken);
            await erasures.RemoveAsync(person, cancellationToken);
        }
        if ((await retention.ReadAsync(cancellationToken)).DeletedThrough is { } deleted)
            await cookies.ForgetAsync(deleted, cancellationToken);
    }

    private async Task EraseAsync(PersonId person, CancellationToken cancellationToken)
    {
        await people.ForgetAsync(person, cancellationToken);
        await people.DeleteLinksAsync(person, cancellationToken);
        foreach (var generation in await generations.GenerationsAsync(cancellationToken))
        {
            foreach (var visitor in await VisitorsOfAsync(generation, person, cancellationToken))
            {
                await cookies.AddAsync(visitor.Number, time.GetUtcNow(), cancellationToken);
                await journeys.DeleteAsync(generation, visitor, cancellationToken);
            }
            await journeys.DeleteAsync(generation, Actor.Of(person), cancellationToken);
        }
    }

    /// <summary>
    /// The visitors with cookies that turned out to be the person: their journeys are the person's. Where somebody else was vouched for, a claim alone
    /// takes nothing from them.
    /// </summary>
    private async Task<IReadOnlyList<Actor>> VisitorsOfAsync(int generation, PersonId person, CancellationToken cancellationToken)
    {
        var user = Actor.Of(person);
        var months = await journeys.ReadAsync(generation, user, cancellationToken);
        var joined = months.SelectMany(month => month.Joins).Select(join => join.Other).ToHashSet();
        if (months.Any(month => month.LeftOutJoins))
            joined.UnionWith(await journeys.FindJoinedAsync(generation, user, cancellationToken).ToListAsync(cancellationToken));
        var visitors = new List<Actor>();
        foreach (var visitor in joined)
        {
            var verified = Journey.JoinsOf(await journeys.ReadAsync(generation, visitor, cancellationToken));
            if (verified.Count == 0 || verified.Any(join => join.Other == user))
                visitors.Add(visitor);
        }
        return visitors;
    }
}
