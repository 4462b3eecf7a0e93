using ShareLinks.Clicks;
using ShareLinks.Codes;

namespace ShareLinks.Journeys;

/// <summary>A click in somebody's journey.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Click">What attribution needs of it.</param>
internal sealed record Touch(ClickId Id, Click Click)
{
    /// <summary>By time; at equal times by the place in the log.</summary>
    public static IComparer<Touch> InOrder { get; } = Comparer<Touch>.Create((one, other) => one.Order.CompareTo(other.Order));

    private (DateTimeOffset, long, int, int) Order => (Click.At, Id.Stream, Id.Sequence, Id.Place);
}

/// <summary>That a visitor with a cookie turned out to be a user, when a visit was gone on with in the app.</summary>
/// <param name="Other">In a visitor's journey the user, in a user's the visitor.</param>
/// <param name="At">When.</param>
/// <param name="Click">The opening that told.</param>
/// <param name="IsVerified">Whether a server of the marketplace's vouched for the user.</param>
internal readonly record struct Join(Actor Other, DateTimeOffset At, ClickId Click, bool IsVerified)
{
    /// <summary>By time; at equal times by the opening, then by the other.</summary>
    public static IComparer<Join> InOrder { get; } = Comparer<Join>.Create((one, other) => one.Order.CompareTo(other.Order));

    private (DateTimeOffset, long, int, int, ActorKind, ulong) Order => (At, Click.Stream, Click.Sequence, Click.Place, Other.Kind, Other.Number);
}
