using System.Text;
using ShareLinks.Codes;
using ShareLinks.Http;

namespace ShareLinks.Resolving;

/// <summary>A text that was pasted into the marketplace's app, or read from a picture by it.</summary>
public sealed record ResolveRequest
{
    internal static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);
    internal static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Up to 4,096 bytes in UTF-8.</summary>
    public string? Text { get; set; }

    /// <summary>The app, such as <c>marketplace-ios</c>: 1 to 32 of <c>a-z0-9_-</c>.</summary>
    public string? App { get; set; }

    /// <summary><c>ios</c>, <c>ipados</c>, <c>android</c>, <c>harmony</c> or another name of that form.</summary>
    public string? Os { get; set; }

    /// <summary>The marketplace's id of the person who pasted it.</summary>
    public string? UserId { get; set; }

    /// <summary>The app's name for this opening, under which it counts once however often it is sent: 16 to 64 of <c>A-Za-z0-9._:-</c>, a UUID at best.</summary>
    public string? ScanId { get; set; }

    /// <summary>When it was opened, at most 30 days ago; now when absent.</summary>
    public DateTimeOffset? OccurredAt { get; set; }

    internal bool IsTooLong => Text is not null && Encoding.UTF8.GetByteCount(Text) > CodeScanner.MaxBytes;

    internal List<FieldError> Validate(string pointer, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        if (string.IsNullOrWhiteSpace(Text))
            errors.Add(new(pointer + "/text", "must be given"));
        FieldRules.Name(errors, pointer + "/app", App, "marketplace-ios");
        FieldRules.Name(errors, pointer + "/os", Os, "ios");
        FieldRules.Id(errors, pointer + "/userId", UserId);
        FieldRules.ScanId(errors, pointer + "/scanId", ScanId);
        if (OccurredAt < now - MaxAge || OccurredAt > now + MaxClockSkew)
            errors.Add(new(pointer + "/occurredAt", $"must be at most {MaxAge.TotalDays} days ago and {MaxClockSkew.TotalMinutes} minutes ahead"));
        return errors;
    }
}

/// <summary>The links that a text names, in order of appearance. The first one is recorded as opened.</summary>
public sealed record ResolveAnswer(IReadOnlyList<MatchView> Matches);

/// <summary>A link that a text names.</summary>
/// <param name="Match"><c>exact</c> or <c>repaired</c>.</param>
/// <param name="Form"><c>url</c>, <c>token</c>, <c>qr</c> or <c>alias</c>.</param>
/// <param name="Code">The link.</param>
/// <param name="Listing">The link's listing; null when the marketplace told nothing of it.</param>
/// <param name="Open">Where to go on.</param>
/// <param name="ClickId">The recorded click; null for all but the first.</param>
/// <param name="Continues">The visit that this opening continues: the same person, come from another app.</param>
/// <param name="ForwardedFrom">The visit that this text was forwarded from, to somebody else.</param>
public sealed record MatchView(
    string Match, string Form, string Code, MatchedListing? Listing, OpenAddresses Open, string? ClickId, string? Continues, string? ForwardedFrom);

/// <param name="Id">The listing.</param>
/// <param name="Title">Its title.</param>
/// <param name="State"><c>available</c>, <c>sold</c> or <c>removed</c>.</param>
public sealed record MatchedListing(string Id, string? Title, string State);

/// <param name="App">Opens the listing in the marketplace's app; null when there is none for that system, or nothing to show in it.</param>
/// <param name="Web">The web page.</param>
public sealed record OpenAddresses(string? App, string Web);
