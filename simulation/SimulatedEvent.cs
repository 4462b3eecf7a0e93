using ShareLinks.Codes;

namespace ShareLinks.Simulation;

/// <summary>An event in the marketplace of a simulated history.</summary>
/// <remarks>The plan determines everything but <see cref="ClickId"/>.</remarks>
/// <param name="Type"><c>install</c>, <c>signup</c>, <c>chat</c> or <c>order</c>.</param>
/// <param name="Id">The marketplace's id of the event; a cancellation has the id of its order.</param>
/// <param name="OccurredAt">When it occurred.</param>
/// <param name="UserId">The marketplace's id of the user; null without an account.</param>
/// <param name="ClickId">The click that it names, or null.</param>
/// <param name="VisitorId">The visitor id of the cookie, or null.</param>
/// <param name="ListingId">The listing, or null.</param>
/// <param name="Value">The value of an order; null for other events.</param>
/// <param name="Currency">The currency of the value.</param>
/// <param name="IsCancelled">Whether this cancels an order.</param>
/// <param name="RefundedValue">The refunded amount, or null.</param>
internal sealed record SimulatedEvent(
    string Type, string Id, DateTimeOffset OccurredAt, string? UserId, ClickId? ClickId, ulong? VisitorId, string? ListingId, decimal? Value = null, string? Currency = null,
    bool IsCancelled = false, decimal? RefundedValue = null)
{
    public const string Install = "install";
    public const string Signup = "signup";
    public const string Chat = "chat";
    public const string Order = "order";
}
