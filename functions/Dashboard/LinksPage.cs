using System.Globalization;
using System.Text;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Minting;
using ShareLinks.People;
using ShareLinks.Posters;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Security;

namespace ShareLinks.Dashboard;

/// <summary>Finds, mints and changes links for people. Thread-safe.</summary>
internal sealed class LinksPage(
    LinkFinder finder, LinkTable links, ListingTable listings, PersonTable people, LinkMinter minter, MintCall call, ShortCodes codes, Destinations destinations, StatsQuestions stats,
    SubjectNames names, ReportingZone zone, TimeProvider time)
{
    /// <summary>Links that are listed at most.</summary>
    private const int MaxRows = 100;

    /// <summary>The fields of the form that mints.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["listingId", "title", "sharerId", "channel", "campaign", "placement", "alias", "web"];

    /// <summary>The page.</summary>
    /// <param name="frame">What stands around it.</param>
    /// <param name="canMint">Whether the person may mint.</param>
    /// <param name="form">What was typed in to mint; empty at first.</param>
    /// <param name="problems">What was wrong with it.</param>
    public async Task<LinksModel> OfAsync(Frame frame, bool canMint, IReadOnlyDictionary<string, string> form, IReadOnlyList<string> problems)
    {
        var words = frame.Words;
        var found = frame.Query["q"] is { } sought ? TableOf(frame, "found", words["links.found"], await FindAsync(sought.Trim())) : null;
        return new LinksModel(frame, frame.Query["q"] ?? "", found, canMint, form, problems);
    }

    /// <summary>
    /// The newest links of a listing or a sharer; of a channel, campaign, place or tag, by which no index lists links, those among the links opened most. Each leads to its QR code
    /// and share text. Null for any other subject.
    /// </summary>
    /// <param name="frame">What stands around it.</param>
    /// <param name="subject">As questions name it.</param>
    /// <param name="days">On which they were opened.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<TableModel?> OfSubjectAsync(Frame frame, string subject, DayRange days, CancellationToken cancellationToken) => subject.Split(':', 2) switch
    {
        ["listing", { Length: <= FieldRules.MaxIdLength } id] => TableOf(frame, "links", frame.Words["table.links"], await OfListingAsync(id)),
        ["sharer", { Length: <= FieldRules.MaxIdLength } id] => TableOf(frame, "links", frame.Words["table.links"], await OfSharerAsync(id)),
        ["channel" or "campaign" or "placement" or "tag", _] => TableOf(frame, "links", frame.Words["table.linksMost"], await OpenedMostAsync(subject, days, cancellationToken)),
        _ => null,
    };

    /// <summary>Mints a link; its code, or what is wrong.</summary>
    public async Task<(string? Code, IReadOnlyList<string> Problems)> MintAsync(IReadOnlyDictionary<string, string> form, bool allowHttp, CancellationToken cancellationToken)
    {
        var request = new MintRequest
        {
            ListingId = Field("listingId"),
            Listing = Field("title") is { } title && Field("listingId") is not null ? new ListingRequest { Title = title } : null,
            SharerId = Field("sharerId"),
            Channel = Field("channel"),
            Campaign = Field("campaign"),
            Placement = Field("placement"),
            Alias = Field("alias"),
            Destinations = Field("web") is { } web ? new LinkDestinations { Web = web } : null,
        };
        var (outcomes, problem) = await call.MintAsync([request], null, allowHttp, cancellationToken);
        problem ??= outcomes![0].Problem;
        return problem is null ? (codes.Encode(outcomes![0].Link!.Id), []) : (null, Sentences(problem));

        string? Field(string name) => form.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>Disables a link, makes it work again, or points it at another listing; what is wrong, or nothing.</summary>
    public async Task<IReadOnlyList<string>?> ChangeAsync(string code, string change, string? listingId, CancellationToken cancellationToken)
    {
        var request = change switch
        {
            "disable" => new LinkChangeRequest { Disabled = true },
            "enable" => new LinkChangeRequest { Disabled = false },
            "repoint" when listingId is { Length: > 0 } => LinkChangeRequest.ToListing(listingId),
            _ => null,
        };
        if (request is null || await finder.FindAsync(code, LookupPermit.Free) is not { } found)
            return null;
        if (request.Validate(destinations, time.GetUtcNow()) is { Count: > 0 } errors)
            return Sentences(Problem.Invalid(errors));
        if (request.ListingId is { } named && !await listings.IsToldOfAsync(named, cancellationToken))
            return Sentences(PosterLots.UnknownListing(named));
        var (_, problem) = await minter.ChangeAsync(found.Id, request, destinations, cancellationToken);
        return problem is null ? [] : Sentences(problem);
    }

    /// <summary>A problem as sentences, each of which names its field.</summary>
    internal static IReadOnlyList<string> Sentences(Problem problem) => problem.Errors is { Count: > 0 } errors ? [.. errors.Select(error => $"{error.Pointer.TrimStart('/')} {error.Detail}.")] : [problem.Detail];

    /// <summary>The links that a code, an alias, a passphrase, an address or a pasted text names; else those of the listing, or of the sharer, of that id.</summary>
    private async Task<IReadOnlyList<Link>> FindAsync(string sought)
    {
        if (await finder.FindAsync(sought, LookupPermit.Free) is { } link)
            return [link];
        if (Encoding.UTF8.GetByteCount(sought) <= CodeScanner.MaxBytes && (await finder.FindInTextAsync(sought, LookupPermit.Free)).Select(match => match.Link).OfType<Link>().ToArray() is { Length: > 0 } named)
            return named;
        if (sought.Length is 0 or > FieldRules.MaxIdLength)
            return [];
        return await OfListingAsync(sought) is { Count: > 0 } listed ? listed : await OfSharerAsync(sought);
    }

    private async Task<IReadOnlyList<Link>> OpenedMostAsync(string subject, DayRange days, CancellationToken cancellationToken)
    {
        var subjects = await names.FindAsync(subject) ?? [];
        var most = await stats.TopAsync(SubjectKind.Link, "link", days, MaxRows, cancellationToken);
        var found = await Task.WhenAll(most.Rows.Select(row => row.Key).OfType<string>().Select(code => finder.FindAsync(code, LookupPermit.Free).AsTask()));
        return [.. found.OfType<Link>().Where(link => subjects.Any(one => one.Covers(link.Attributes)))];
    }

    private async Task<IReadOnlyList<Link>> OfListingAsync(string id) =>
        // One that was pointed elsewhere since is still in the index.
        [.. (await ReadAsync(listings.LinksAsync(id, null, MaxRows))).Where(link => link.Attributes.ListingId == id)];

    private async Task<IReadOnlyList<Link>> OfSharerAsync(string id) => await people.FindAsync(id) is { } person ? await ReadAsync(people.LinksAsync(person, null, MaxRows)) : [];

    private TableModel TableOf(Frame frame, string id, string title, IReadOnlyList<Link> found)
    {
        var words = frame.Words;
        return new TableModel(
            id, title, [words["by.link"], words["by.listing"], words["by.channel"], words["by.campaign"], words["by.placement"], words["link.created"], words["event.state"]],
            [.. found.Select(link => new TableRow(
                codes.Encode(link.Id), frame.Query.To("/dashboard/subject", ("subject", $"link:{codes.Encode(link.Id)}")),
                [
                    link.Attributes.ListingId, words.Of("channel", link.Attributes.Channel), link.Attributes.Campaign, link.Attributes.Placement,
                    zone.Local(link.CreatedAt).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), link.DisabledAt is null ? words["link.active"] : words["link.disabled"],
                ]))]);
    }

    private async Task<IReadOnlyList<Link>> ReadAsync(IAsyncEnumerable<LinkId> ids)
    {
        var read = await Task.WhenAll((await ids.Take(MaxRows).ToListAsync()).Select(id => links.GetAsync(id).AsTask()));
        // An index row may be left over from an interrupted mint.
        return [.. read.OfType<Link>()];
    }
}

/// <summary>The page that finds and mints links.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="Sought">What was looked for.</param>
/// <param name="Found">What was found; null when nothing was looked for.</param>
/// <param name="CanMint">Whether the person's key may mint.</param>
/// <param name="Form">What was typed in to mint.</param>
/// <param name="Problems">What was wrong with it.</param>
public sealed record LinksModel(Frame Frame, string Sought, TableModel? Found, bool CanMint, IReadOnlyDictionary<string, string> Form, IReadOnlyList<string> Problems);
