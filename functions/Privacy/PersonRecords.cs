using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.People;
using ShareLinks.Rollups;

namespace ShareLinks.Privacy;

/// <summary>Tells what is held of a person.</summary>
internal sealed class PersonRecords(PersonTable people, JourneyTable journeys, ClickFold fold, ShortCodes codes, ClickViews views)
{
    private const int MaxLinks = 10_000;
    private const int PageSize = 1000;

    /// <summary>All that is held under a user id; null when there is nothing.</summary>
    public async Task<PersonView?> FindAsync(string userId, CancellationToken cancellationToken)
    {
        if (await people.FindFreshAsync(userId) is not { } person)
            return null;
        var state = await fold.FoldAsync(cancellationToken);
        var months = await journeys.ReadAsync(state.Generation, Actor.Of(person), cancellationToken);
        var openings = new List<ClickView>();
        foreach (var touch in months.SelectMany(month => month.Touches))
        {
            if (touch.Click is { } click)
                openings.Add(await views.OfAsync(touch.Id, click));
        }
        var events = months.SelectMany(month => month.Events).Select(happened => new PersonEvent(happened.Type, happened.Id, happened.At));
        var visitors = months.SelectMany(month => month.Joins).Select(join => Base62.Encode(join.Other.Number, Base62.LengthOf64Bits)).Distinct();
        var links = await people.LinksAsync(person, null, PageSize).Take(MaxLinks).ToListAsync(cancellationToken);
        return new PersonView(userId, [.. links.Select(codes.Encode)], links.Count == MaxLinks, openings, [.. events], [.. visitors], state.CompleteThrough);
    }
}

/// <summary>What is held of a person.</summary>
/// <param name="UserId">The marketplace's id of the person, kept to be shown with links and clicks.</param>
/// <param name="Links">The codes of links that the person shared, the newest first.</param>
/// <param name="HasMoreLinks">Whether there are more than are listed: <c>GET /api/links?sharerId=</c> has all.</param>
/// <param name="Openings">Links that the person opened in an app, or before going on in it, as far as they are kept with the person: up to 400 a month.</param>
/// <param name="Events">What the marketplace reported of the person: up to 500 a month.</param>
/// <param name="VisitorIds">Numbers of cookies that turned out to be this person's.</param>
/// <param name="CompleteThrough">Openings that were stored before this moment are among them.</param>
public sealed record PersonView(
    string UserId, IReadOnlyList<string> Links, bool HasMoreLinks, IReadOnlyList<ClickView> Openings, IReadOnlyList<PersonEvent> Events, IReadOnlyList<string> VisitorIds,
    DateTimeOffset? CompleteThrough);

/// <summary>Something that a person did in the marketplace.</summary>
/// <param name="Type">Such as <c>order</c>.</param>
/// <param name="Id">The marketplace's id of it.</param>
/// <param name="OccurredAt">When.</param>
public sealed record PersonEvent(string Type, string Id, DateTimeOffset OccurredAt);
