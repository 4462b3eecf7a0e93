using ShareLinks.Codes;

namespace ShareLinks.Simulation;

/// <summary>Something that happened in the marketplace of a simulated history.</summary>
/// <remarks>All but <see cref="ClickId"/> follows from the plan.</remarks>
/// <param name="Type"><c>install</c>, <c>signup</c>, <c>chat</c> or <c>order</c>.</param>
/// <param name="Id">The marketplace's id of it: one order has one, also when it is cancelled.</param>
/// <param name="OccurredAt">When.</param>
/// <param name="UserId">The marketplace's id of who did it; null for somebody without an account.</param>
/// <param name="ClickId">The click that it names; null: none.</param>
/// <param name="VisitorId">The number of the visitor's cookie; null: none.</param>
/// <param name="ListingId">The listing it is about; null: none.</param>
/// <param name="Value">An order's value; null for others.</param>
/// <param name="Currency">Its currency.</param>
/// <param name="IsCancelled">Whether this takes an order back.</param>
/// <param name="RefundedValue">What of it was paid back; null: nothing.</param>
internal sealed record SimulatedEvent(
    string Type, string Id, DateTimeOffset OccurredAt, string? UserId, ClickId? ClickId, ulong? VisitorId, string? ListingId, decimal? Value = null, string? Currency = null,
    bool IsCancelled = false, decimal? RefundedValue = null)
{
    public const string Install = "install";
    public const string Signup = "signup";
    public const string Chat = "chat";
    public const string Order = "order";
}
