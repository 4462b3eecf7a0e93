using ShareLinks.Codes;

namespace ShareLinks.Minting;

/// <summary>What minting must know of the clicks that were recorded: a click's id may name a link's parent.</summary>
public interface IRecordedClicks
{
    /// <summary>The link that a click opened; null when there is no such click.</summary>
    public Task<LinkId?> FindLinkAsync(ClickId id, CancellationToken cancellationToken);

    /// <summary>Whether a click that is not found was there once.</summary>
    public Task<bool> IsPastRetentionAsync(ClickId id, CancellationToken cancellationToken);
}
