using ShareLinks.Codes;

namespace ShareLinks.Clicks;

/// <summary>What became of a click when its visitor could be sent on.</summary>
/// <param name="Id">Its id; null when it was lost.</param>
/// <param name="Outcome">How safe it is by now.</param>
public readonly record struct ClickReceipt(ClickId? Id, ClickOutcome Outcome);

public enum ClickOutcome
{
    /// <summary>Stored: nothing can lose it any more.</summary>
    Committed,

    /// <summary>Waiting in memory, as <see cref="ClickDurability.Buffered"/> asks for.</summary>
    Buffered,

    /// <summary>Waiting in memory since storage did not answer within the deadline; written as soon as it does.</summary>
    BeforeDurable,

    /// <summary>Not kept: memory for waiting clicks was full.</summary>
    Lost,
}
