using ShareLinks.Http;

namespace ShareLinks.Resolving;

/// <summary>Up to 1,000 scans that were made without a network.</summary>
public sealed record LateScansRequest
{
    public const int MaxScans = 1000;

    public IReadOnlyList<LateScan>? Clicks { get; set; }
}

/// <summary>A scan that was made without a network.</summary>
public sealed record LateScan
{
    /// <summary>The app's name for it, under which it counts once: 16 to 64 of <c>A-Za-z0-9._:-</c>, a UUID at best.</summary>
    public string? ScanId { get; set; }

    /// <summary>What was read from the picture: up to 4,096 bytes in UTF-8.</summary>
    public string? Text { get; set; }

    /// <summary>When, by the phone's clock: at most 30 days ago and 5 minutes ahead.</summary>
    public DateTimeOffset? OccurredAt { get; set; }

    /// <summary>The marketplace's id of the person who scanned.</summary>
    public string? UserId { get; set; }

    /// <summary>As for <c>POST /api/resolve</c>.</summary>
    public string? App { get; set; }

    /// <summary>As for <c>POST /api/resolve</c>.</summary>
    public string? Os { get; set; }

    internal bool IsTooLong => ToRequest().IsTooLong;

    internal ResolveRequest ToRequest() => new() { Text = Text, App = App, Os = Os, UserId = UserId, ScanId = ScanId, OccurredAt = OccurredAt };

    internal List<FieldError> Validate(string pointer, DateTimeOffset now)
    {
        var errors = ToRequest().Validate(pointer, now);
        if (ScanId is null)
            errors.Add(new(pointer + "/scanId", "must be given"));
        if (OccurredAt is null)
            errors.Add(new(pointer + "/occurredAt", "must be given"));
        return errors;
    }
}

/// <summary>What became of the scans.</summary>
/// <param name="Accepted">Scans that are counted now.</param>
/// <param name="Duplicates">Scans that were counted before.</param>
/// <param name="Rejected">Scans that are not; those with status 503 are to be sent again.</param>
public sealed record LateScansAnswer(int Accepted, int Duplicates, IReadOnlyList<RejectedScan> Rejected);

/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Problem">What was wrong.</param>
public sealed record RejectedScan(int Index, Problem Problem);
