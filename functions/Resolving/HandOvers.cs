using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.People;
using ShareLinks.Storage;

namespace ShareLinks.Resolving;

/// <summary>Ties an opening to the visit whose id it carries: as its continuation in another app, or as a forward of it to somebody else.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed partial class HandOvers(ClickFeed clicks, HandOverTable taken, ClickOptions options, TimeProvider time, ILogger<HandOvers> logger)
{
    /// <summary>How long after a visit an opening can go on with it; inclusive.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(30);

    /// <summary>How far the clocks of two instances, or of a phone, may be apart.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How an opening stands to a visit: the first within <see cref="Window"/> continues it, any other, and any by another person, was forwarded.
    /// A visit that is not there, or was one to another link, says nothing.
    /// </summary>
    /// <param name="visit">The id that the address or the text carried.</param>
    /// <param name="link">The link that is opened.</param>
    /// <param name="user">Who opens it, where that is known.</param>
    /// <param name="at">When it is opened.</param>
    public async ValueTask<Crossing> JoinAsync(ClickId? visit, LinkId link, PersonId? user, DateTimeOffset at)
    {
        if (visit is not { } id)
            return default;
        try
        {
            // Nobody waits longer for this than for the click itself to be stored.
            using var deadline = new CancellationTokenSource(options.CommitDeadline, time);
            if (await clicks.FindAsync(id, deadline.Token) is not { } visited || visited.Link.Id != link)
                return default;
            var elapsed = at - visited.ReceivedAt;
            var isOther = visited.User is { } visitor && user is { } opener && visitor != opener;
            return !isOther && elapsed >= -ClockSkew && elapsed <= Window && await taken.TakeAsync(id, visited.ReceivedAt, deadline.Token)
                ? new Crossing(id, null)
                : new Crossing(null, id);
        }
        catch (Exception fault) when (StorageFaults.IsUnavailable(fault) || fault is OperationCanceledException)
        {
            // The visitor comes first: the click is recorded on its own.
            LogUnknown(fault.Message.Split('\n')[0]);
            return default;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "An opening could not be tied to the visit that it came from: {Reason}")]
    private partial void LogUnknown(string reason);
}

/// <summary>How an opening stands to an earlier visit; at most one of the two is there.</summary>
/// <param name="Continues">The visit that it goes on with.</param>
/// <param name="ForwardedFrom">The visit that it was forwarded from.</param>
public readonly record struct Crossing(ClickId? Continues, ClickId? ForwardedFrom);
