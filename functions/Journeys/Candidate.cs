namespace ShareLinks.Journeys;

/// <summary>A touch that may have led to an event.</summary>
/// <param name="Touch">The touch.</param>
/// <param name="Why">Why it does not count, whenever it was; null when it may.</param>
internal readonly record struct Candidate(Touch Touch, LeftOut? Why);

/// <summary>Why a touch does not count for an event.</summary>
internal enum LeftOut
{
    /// <summary>It happened after the event.</summary>
    AfterEvent,

    /// <summary>It was longer before than any path looks back.</summary>
    BeforeLookBack,

    /// <summary>An app on a phone named the user, for whom no server vouched.</summary>
    ClaimedUser,

    /// <summary>The visitor turned out to be another user by then.</summary>
    OtherUser,

    /// <summary>It continues a visit that counts.</summary>
    SameVisit,

    /// <summary>There were more, later ones than a path holds.</summary>
    TooMany,
}
