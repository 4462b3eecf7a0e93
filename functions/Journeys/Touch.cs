using ShareLinks.Clicks;
using ShareLinks.Codes;

namespace ShareLinks.Journeys;

/// <summary>An opening in somebody's journey: of a link, or of the app itself by nothing that this service knows.</summary>
/// <param name="Id">Where it stands in the log.</param>
/// <param name="At">When.</param>
/// <param name="Click">What attribution needs of the click; null for an opening of the app (an <c>open</c> event that names no click).</param>
internal sealed record Touch(ClickId Id, DateTimeOffset At, Click? Click)
{
    private const string DirectChannel = "direct";

    /// <summary>By time, then by arrival, link, kind of opening and app. The place in the log decides last, since streams have random numbers.</summary>
    public static IComparer<Touch> InOrder { get; } = Comparer<Touch>.Create((one, other) =>
        one.Content.CompareTo(other.Content) is not 0 and var order ? order
        : string.CompareOrdinal(one.Click?.App, other.Click?.App) is not 0 and var byApp ? byApp
        : one.Place.CompareTo(other.Place));

    /// <summary>Whether nobody's share is known to have led to it.</summary>
    public bool IsDirect => Click?.Link.Channel is null or DirectChannel;

    private (DateTimeOffset, DateTimeOffset, long, ClickEntry?) Content => (At, Click?.ReceivedAt ?? At, Click?.Link.Id.Value ?? 0, Click?.Entry);

    private (long, int, int) Place => (Id.Stream, Id.Sequence, Id.Place);

    public static Touch Of(ClickId id, Click click) => new(id, click.At, click);
}
