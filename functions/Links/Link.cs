using ShareLinks.Codes;

namespace ShareLinks.Links;

/// <summary>A share link. It points at a listing and does not copy it.</summary>
public sealed record Link
{
    public required LinkAttributes Attributes { get; init; }

    /// <summary>The link that this one was shared on from; its root is <see cref="LinkAttributes.Root"/>.</summary>
    public LinkId? Parent { get; init; }

    /// <summary>Steps from the root: 0 for the root itself.</summary>
    public int Depth { get; init; }

    /// <summary>A name of the deployment's choice that opens the link as its code does.</summary>
    public string? Alias { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From this moment on it answers 410.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>The web page that this link opens in place of the deployment's template.</summary>
    public string? WebDestination { get; init; }

    public LinkId Id => Attributes.Id;
}
