using System.Runtime.CompilerServices;
using ShareLinks.Codes;
using ShareLinks.People;

namespace ShareLinks.Clicks;

/// <summary>Shows clicks to callers.</summary>
public sealed class ClickViews(ShortCodes codes, ClickIdCodes clickIds, PersonTable people)
{
    private const int ClicksAtOnce = 20;

    public async ValueTask<ClickView> OfAsync(ClickId id, Click click) => new()
    {
        ClickId = clickIds.Encode(id),
        At = click.At,
        ReceivedAt = click.ReceivedAt,
        Code = codes.Encode(click.Link.Id),
        ListingId = click.Link.ListingId,
        SharerId = await NameAsync(click.Link.Sharer),
        Channel = click.Link.Channel,
        Campaign = click.Link.Campaign,
        Placement = click.Link.Placement,
        Tags = click.Link.Tags,
        Root = codes.Encode(click.Link.Root),
        Entry = click.Entry.Name(),
        Match = click.Match == ClickMatch.Exact ? "exact" : "repaired",
        App = click.App,
        Os = click.Os,
        Device = click.Device,
        Country = click.Country,
        Language = click.Language,
        Referrer = click.Referrer,
        IsBot = click.IsBot,
        IsPrefetch = click.IsPrefetch,
        Action = click.Action.Name(),
        UserId = await NameAsync(click.User),
        IsUserVerified = click.IsUserVerified,
        VisitorId = click.VisitorId is { } visitor ? Base62.Encode(visitor, Base62.LengthOf64Bits) : null,
        Continues = click.Continues is { } continued ? clickIds.Encode(continued) : null,
        ForwardedFrom = click.ForwardedFrom is { } forwarded ? clickIds.Encode(forwarded) : null,
    };

    /// <summary>Many clicks in their order; the names for a few of them are looked up at the same time.</summary>
    public async IAsyncEnumerable<ClickView> OfAsync(IAsyncEnumerable<FeedClick> clicks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var some in clicks.Chunk(ClicksAtOnce).WithCancellation(cancellationToken))
        {
            foreach (var view in await Task.WhenAll(some.Select(click => OfAsync(click.Id, click.Click).AsTask())))
                yield return view;
        }
    }

    private async ValueTask<string?> NameAsync(PersonId? person) => person is { } id ? await people.NameAsync(id) : null;
}

/// <summary>A click as callers see it.</summary>
public sealed record ClickView
{
    public required string ClickId { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When this service learned of it: later than <see cref="At"/> for a scan made offline.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    public required string Code { get; init; }

    public required string? ListingId { get; init; }

    public required string? SharerId { get; init; }

    public required string? Channel { get; init; }

    public required string? Campaign { get; init; }

    public required string? Placement { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>The code at the top of the link's share tree.</summary>
    public required string Root { get; init; }

    /// <summary><c>code</c>, <c>token</c>, <c>qr</c>, <c>alias</c>, <c>app</c>, <c>offline</c> or <c>mini</c>.</summary>
    public required string Entry { get; init; }

    /// <summary><c>exact</c> or <c>repaired</c>.</summary>
    public required string Match { get; init; }

    public required string? App { get; init; }

    public required string? Os { get; init; }

    public required string? Device { get; init; }

    public required string? Country { get; init; }

    public required string? Language { get; init; }

    /// <summary>A host.</summary>
    public required string? Referrer { get; init; }

    public required bool IsBot { get; init; }

    public required bool IsPrefetch { get; init; }

    /// <summary><c>redirect</c>, <c>page</c>, <c>preview</c>, or <c>miss_unknown</c>, <c>miss_expired</c>, <c>miss_disabled</c>, <c>miss_removed</c>.</summary>
    public required string Action { get; init; }

    public required string? UserId { get; init; }

    /// <summary>Whether a server of the marketplace's named the user; what an app on a phone claims earns nobody an order.</summary>
    public required bool IsUserVerified { get; init; }

    public required string? VisitorId { get; init; }

    public required string? Continues { get; init; }

    public required string? ForwardedFrom { get; init; }
}

/// <summary>The last line of a feed's answer.</summary>
/// <param name="Cursor">Goes on behind the last click of this answer.</param>
/// <param name="End">Whether that is all there is by now.</param>
public sealed record FeedEnd(string Cursor, bool End);
