using BitFaster.Caching.Lru;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Resolving;

/// <summary>Ties an opening to the visit whose id it carries: as its continuation in another app, or as a forward of it to somebody else.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed partial class Handoffs(ClickFeed clicks, HandoffTable taken, ClickOptions options, TimeProvider time, ILogger<Handoffs> logger)
{
    /// <summary>How long after a visit an opening can continue it; inclusive. (Before it, too: clocks differ.)</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(30);

    /// <summary>How long after a redirect its target is requested at the latest, unless by somebody else.</summary>
    private static readonly TimeSpan LoadTime = TimeSpan.FromSeconds(10);

    private readonly ConcurrentLru<ClickId, Sent> sent = new(10_000);

    /// <summary>
    /// How an opening stands to a visit: the first within <see cref="Window"/> continues it, any other, and any by another person, was forwarded.
    /// A visit that is not there, or was one to another link, says nothing.
    /// </summary>
    /// <param name="visit">The id that the address or the text carried.</param>
    /// <param name="link">The link that is opened.</param>
    /// <param name="visitor">Who opens it.</param>
    /// <param name="at">When it is opened.</param>
    public async ValueTask<Crossing> JoinAsync(ClickId? visit, LinkId link, Visitor visitor, DateTimeOffset at)
    {
        if (visit is not { } id)
            return default;
        return await BeforeDeadlineAsync(default(Crossing), async deadline =>
            await clicks.FindAsync(id, deadline) is { } visited && visited.Link.Id == link ? await JoinAsync(id, visited, visitor, at, deadline) : default);
    }

    /// <summary>Notes that a visitor is being sent to the page whose address carries this visit, so that its loading needs no look-up.</summary>
    public void SentTo(ClickId visit, LinkId link, Visitor visitor) => sent.AddOrUpdate(visit, new Sent(link, visitor.App, visitor.Os, time.GetUtcNow()));

    /// <summary>
    /// How the opening of a page whose own address carries the visit that it shows stands to that visit. The app that it was made in asks for it
    /// at once, and again whenever it loads the page anew: that is <see cref="Crossing.IsSameVisit"/>, and no opening.
    /// </summary>
    /// <remarks>
    /// After the first seconds the same app is somebody else's when the visitor's daily number is another, so then it was forwarded. Where numbers are
    /// not known it counts as the same for as long as a visit can be continued. A visit that can't be read is an opening that stands alone, and
    /// <see cref="Crossing.IsUnknown"/>. Parameters as for <see cref="JoinAsync(ClickId?, LinkId, Visitor, DateTimeOffset)"/>.
    /// </remarks>
    public ValueTask<Crossing> ReopenAsync(ClickId visit, LinkId link, Visitor visitor, DateTimeOffset at)
    {
        if (sent.TryGet(visit, out var known) && known.Link == link && known.App == visitor.App && known.Os == visitor.Os && at - known.At <= LoadTime)
            return new(Crossing.SameVisit);
        return BeforeDeadlineAsync(Crossing.Unknown, async deadline =>
        {
            if (await clicks.FindAsync(visit, deadline) is not { } visited)
                return Crossing.Unknown;
            if (visited.Link.Id != link)
                return default;
            if (visited.App != visitor.App || visited.Os != visitor.Os)
                return await JoinAsync(visit, visited, visitor, at, deadline);
            var elapsed = at - visited.ReceivedAt;
            // A phone's network may change from one request to the next.
            var isSame = elapsed <= LoadTime || (visited.VisitorHash != 0 && visitor.Hash != 0 ? visited.VisitorHash == visitor.Hash : elapsed <= Window);
            return isSame ? Crossing.SameVisit : new Crossing(null, visit);
        });
    }

    private async Task<Crossing> JoinAsync(ClickId id, Click visited, Visitor visitor, DateTimeOffset at, CancellationToken deadline)
    {
        var isOther = visited.User is { } before && visitor.User is { } now && before != now;
        return !isOther && (at - visited.ReceivedAt).Duration() <= Window && await taken.TakeAsync(id, visited.ReceivedAt, visitor.ScanId, deadline)
            ? new Crossing(id, null)
            : new Crossing(null, id);
    }

    /// <summary>The visitor comes first: nobody waits longer for this than for the click itself to be stored.</summary>
    private async ValueTask<Crossing> BeforeDeadlineAsync(Crossing otherwise, Func<CancellationToken, Task<Crossing>> join)
    {
        try
        {
            using var deadline = new CancellationTokenSource(options.CommitDeadline, time);
            return await join(deadline.Token);
        }
        catch (Exception fault) when (StorageFaults.IsUnavailable(fault) || fault is OperationCanceledException)
        {
            LogUnknown(fault.Message.Split('\n')[0]);
            return otherwise;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "An opening could not be tied to the visit that it came from: {Reason}")]
    private partial void LogUnknown(string reason);

    /// <summary>A visitor who was sent to a visit's page.</summary>
    private sealed record Sent(LinkId Link, string? App, string? Os, DateTimeOffset At);
}

/// <summary>How an opening stands to an earlier visit; at most one of the first two is there.</summary>
/// <param name="Continues">The visit that it continues.</param>
/// <param name="ForwardedFrom">The visit that it was forwarded from.</param>
/// <param name="IsSameVisit">Whether it is no opening of its own, but that visit's page, loaded (again).</param>
/// <param name="IsUnknown">Whether the visit could not be read.</param>
public readonly record struct Crossing(ClickId? Continues, ClickId? ForwardedFrom, bool IsSameVisit = false, bool IsUnknown = false)
{
    internal static Crossing SameVisit { get; } = new(null, null, IsSameVisit: true);

    internal static Crossing Unknown { get; } = new(null, null, IsUnknown: true);
}
