using ShareLinks.Codes;

namespace ShareLinks.Journeys;

/// <summary>That a visitor with a cookie turned out to be a user: when a visit was continued in the app, or when an event named both.</summary>
/// <param name="Other">In a visitor's journey the user, in a user's the visitor.</param>
/// <param name="At">When.</param>
/// <param name="By">The opening, or the event, that told.</param>
/// <param name="IsVerified">Whether a server of the marketplace's vouched for the user.</param>
internal readonly record struct Join(Actor Other, DateTimeOffset At, ClickId By, bool IsVerified)
{
    /// <summary>By time; at equal times by the other, then by what told. The place in the log decides last, since streams have random numbers.</summary>
    public static IComparer<Join> InOrder { get; } = Comparer<Join>.Create((one, other) => one.Order.CompareTo(other.Order));

    /// <summary>Whether it is told in a user's journey, not in a visitor's.</summary>
    public bool IsOfUser => Other.Kind == ActorKind.Visitor;

    private (DateTimeOffset, ActorKind, ulong, long, int, int) Order => (At, Other.Kind, Other.Number, By.Stream, By.Sequence, By.Place);
}
