using System.Globalization;
using System.Security.Cryptography;
using QRCoder;
using ShareLinks.Attribution;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Posters;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Dashboard;

/// <summary>Puts together the pages about posters: what was printed where, whom it brought, and whether it will be read. Thread-safe.</summary>
internal sealed class PostersPage(
    PosterLots lots, LotTable table, PosterPrint print, FreshFold fold, StatsQuestions stats, SubjectConversions conversions, Reports reports, ShortCodes codes, LinkAddresses addresses,
    ReportingZone zone, RandomNumberGenerator random)
{
    /// <summary>Posters that a page of a lot shows.</summary>
    private const int PageSize = 100;

    private const int KeyBytes = 16;

    /// <summary>How posters are printed, in addresses.</summary>
    private static readonly string[] StyleFields = ["paper", "colour", "ink", "level", "distance"];

    /// <summary>What a form carries so that sending it twice makes one lot.</summary>
    public const string KeyField = "key";

    /// <summary>The fields of the form that makes a lot.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["name", "count", "listingId", "web", "title", "price", "channel", "campaign"];

    /// <summary>The lots, and the form that makes one.</summary>
    /// <param name="frame">What stands around it.</param>
    /// <param name="form">What was typed in; empty at first.</param>
    /// <param name="problems">What was wrong with it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<PostersModel> OfAsync(Frame frame, IReadOnlyDictionary<string, string> form, IReadOnlyList<string> problems, CancellationToken cancellationToken)
    {
        var words = frame.Words;
        var rows = (await table.ListAsync(cancellationToken)).Select(lot => new TableRow(
            lot.Name, frame.Query.To("/dashboard/posters/lot", ("lot", lot.Name)),
            [Reports.Number(words, lot.Count), lot.ListingId ?? lot.Web!, words.Of("channel", lot.Channel), lot.Campaign, Minute(lot.CreatedAt)]));
        return new PostersModel(
            frame with { Title = words["nav.posters"] },
            new TableModel("lots", words["posters.lots"], [words["posters.venue"], words["posters.count"], words["posters.target"], words["by.channel"], words["by.campaign"], words["link.created"]], [.. rows]),
            form.Count > 0 ? form : new Dictionary<string, string> { ["count"] = "30", ["channel"] = "poster", [KeyField] = NewKey() }, problems);
    }

    /// <summary>Makes a lot; or tells what is wrong.</summary>
    public async Task<(PosterLot? Lot, IReadOnlyList<string> Problems)> MakeAsync(IReadOnlyDictionary<string, string> form, bool allowHttp, CancellationToken cancellationToken)
    {
        var request = new LotRequest(Field("name"), int.TryParse(Field("count"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null, Field(KeyField))
        {
            ListingId = Field("listingId"),
            Web = Field("web"),
            Title = Field("title"),
            Price = Field("price"),
            Channel = Field("channel"),
            Campaign = Field("campaign"),
        };
        var (lot, problem) = await lots.MakeAsync(request, allowHttp, cancellationToken);
        return (lot, problem is null ? [] : LinksPage.Sentences(problem));

        string? Field(string name) => form.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>Points posters at another listing, or mints those whose mint was cut off; what is wrong, or nothing. Null when there is no such lot or change.</summary>
    public async Task<IReadOnlyList<string>?> ChangeAsync(string? name, string change, int? first, int? last, string listingId, CancellationToken cancellationToken)
    {
        if (name is null || await table.FindAsync(name, cancellationToken) is not { } lot)
            return null;
        switch (change)
        {
            case "complete":
                await lots.MintAsync(lot);
                return [];
            case "repoint":
                return await lots.RepointAsync(lot, first ?? 0, last ?? 0, listingId, cancellationToken) is { } problem ? LinksPage.Sentences(problem) : [];
            default:
                return null;
        }
    }

    /// <summary>A lot: whom each poster brought, and whether it will be read as it is to be printed; null when there is none of that name.</summary>
    /// <param name="frame">Makes the frame of a title.</param>
    /// <param name="query">The page's address.</param>
    /// <param name="range">The days.</param>
    /// <param name="problems">What was wrong with a change.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<PosterLotModel?> LotOfAsync(
        Func<string, DateTimeOffset?, Frame> frame, PageQuery query, PageRange range, IReadOnlyList<string> problems, CancellationToken cancellationToken)
    {
        if (query["lot"] is not { } name || await table.FindAsync(name, cancellationToken) is not { } lot)
            return null;
        var links = await lots.LinksAsync(lot);
        var place = $"placement:{lot.Name}/*";
        var total = await stats.StatsAsync([new Subject(SubjectKind.BelowPlacement, lot.Name)], place, range.Days, "day", cancellationToken);
        var (orders, ordersByLink) = await fold.StateAsync(cancellationToken) is { } state
            ? await conversions.CountByLinkAsync(state.Generation, Reports.Order, lot.Links.ToHashSet(), range.Days, Reports.LookBack, cancellationToken)
            : (0, new Dictionary<LinkId, long>());

        var pages = (lot.Count + PageSize - 1) / PageSize;
        var shown = int.TryParse(query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 1, pages) : 1;
        var numbers = Enumerable.Range((shown - 1) * PageSize + 1, Math.Min(PageSize, lot.Count - (shown - 1) * PageSize)).ToArray();
        var brought = await Task.WhenAll(numbers.Select(number => stats.StatsAsync([new Subject(SubjectKind.Link, lot.Links[number - 1].ToString())], "", range.Days, "day", cancellationToken)));

        var page = frame(lot.Name, total.CompleteThrough);
        var words = page.Words;
        var most = Math.Max(1, brought.Max(answer => answer.Total.Clicks));
        var rows = numbers.Zip(brought, (number, answer) => RowOf(words, query, lot, number, links[number - 1], answer.Total, ordersByLink.GetValueOrDefault(lot.Links[number - 1]), (int)(100 * answer.Total.Clicks / most)));
        var (style, isWrong) = StyleOf(query);
        return new PosterLotModel(
            page with { HasFigures = true }, reports.RangeOf(page, range), lot,
            [
                (words["figure.clicks"], Reports.Number(words, total.Total.Clicks)), (words["figure.visitors"], Reports.Number(words, total.Total.Visitors)),
                (words["figure.orders"], Reports.Number(words, orders)),
            ],
            query.To("/dashboard/subject", ("subject", place)),
            new TableModel(
                "posters", words["nav.posters"],
                [words["poster.serial"], words["by.link"], words["posters.target"], words["figure.clicks"], words["figure.visitors"], words["figure.orders"], words["event.state"]], [.. rows],
                $"/api/stats?subject={Uri.EscapeDataString(place)}&by=placement&{range.ApiQuery}&format=csv", $"/api/stats?subject={Uri.EscapeDataString(place)}&by=placement&{range.ApiQuery}&format=xlsx"),
            shown > 1 ? query.With("page", Invariant(shown - 1)) : null, shown < pages ? query.With("page", Invariant(shown + 1)) : null,
            links.Count(link => link is null), style, isWrong,
            links.OfType<Link>().FirstOrDefault() is { } first ? CheckOf(words, print.TextOf(first), style) : null, problems);
    }

    /// <summary>A lot's sheets, to be printed; null when there is none of that name.</summary>
    public async Task<PosterSheetsModel?> PrintAsync(Frame frame, CancellationToken cancellationToken)
    {
        var query = frame.Query;
        if (query["lot"] is not { } name || await table.FindAsync(name, cancellationToken) is not { } lot)
            return null;
        var (style, _) = StyleOf(query);
        var from = Math.Clamp(Number("first") ?? 1, 1, lot.Count);
        var posters = await print.OfAsync(lot, from, Math.Clamp(Number("last") ?? lot.Count, from, lot.Count), style, frame.Words.Language);
        return new PosterSheetsModel(
            frame with { Title = $"{frame.Words["nav.posters"]} {lot.Name}" }, lot, style, addresses.Brand(frame.Words.Language), [.. posters.Chunk(style.Paper.PerPage)],
            query.To("/dashboard/posters/lot", [("lot", lot.Name), .. StyleFields.Select(field => (field, query[field]))]));

        int? Number(string field) => int.TryParse(query[field], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static (PosterStyle Style, bool IsWrong) StyleOf(PageQuery query) => PosterStyle.Parse(query["paper"], query["colour"], query["ink"], query["level"], query["distance"]);

    private TableRow RowOf(DashboardWords words, PageQuery query, PosterLot lot, int number, Link? link, StatsTotal total, long orders, int part)
    {
        var code = codes.Encode(lot.Links[number - 1]);
        return new TableRow(
            PosterLot.SerialOf(number), link is null ? null : query.To("/dashboard/subject", ("subject", $"link:{code}")),
            [
                code, link?.WebDestination ?? link?.Attributes.ListingId,
                Reports.Number(words, total.Clicks), Reports.Number(words, total.Visitors), Reports.Number(words, orders),
                words[link is null ? "posters.unfinished" : link.DisabledAt is null ? "link.active" : "link.disabled"],
            ],
            part);
    }

    private static PosterCheckModel CheckOf(DashboardWords words, string text, PosterStyle style)
    {
        var findings = PosterCheck.Of(text, style);
        return new PosterCheckModel(
            [.. findings.Where(finding => !finding.IsPassed).Select(finding => AdviceOf(words, finding, style)).Distinct()],
            [.. findings.Select(finding => (words["trait." + finding.Trait.ToString().ToLowerInvariant()], finding.IsPassed, FoundOf(words, finding)))],
            string.Format(CultureInfo.InvariantCulture, words["check.note"], Decimal(style.DistanceMetres), text));
    }

    private static string FoundOf(DashboardWords words, PosterFinding finding) => finding.Trait switch
    {
        PosterTrait.Size or PosterTrait.Module => $"{Decimal(finding.Found)} mm (≥ {Decimal(finding.Bound)} mm)",
        PosterTrait.Quiet => string.Format(CultureInfo.InvariantCulture, words["check.modules"], Decimal(finding.Found), Decimal(finding.Bound)),
        PosterTrait.Contrast => $"{Decimal(finding.Found)} : 1 (≥ {Decimal(finding.Bound)} : 1)",
        _ => finding.IsPassed ? string.Format(CultureInfo.InvariantCulture, words["check.read"], Math.Round(100 * finding.Found)) : words["check.unread"],
    };

    private static string AdviceOf(DashboardWords words, PosterFinding finding, PosterStyle style) => string.Format(
        CultureInfo.InvariantCulture, words["advice." + finding.Advice.ToString().ToLowerInvariant()], finding.Paper is { } paper ? words["paper." + paper] : "",
        Decimal(style.DistanceMetres), Decimal(style.DistanceMetres * 10), Decimal(style.Paper.SymbolMillimetres / 100), QRCodeGenerator.ECCLevel.H);

    private static string Decimal(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string Minute(DateTimeOffset time) => zone.Local(time).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private string NewKey()
    {
        var key = new byte[KeyBytes];
        random.GetBytes(key);
        return Convert.ToHexStringLower(key);
    }
}

/// <summary>The lots of posters, and the form that makes one.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="Lots">The lots, the newest first.</param>
/// <param name="Form">What was typed in.</param>
/// <param name="Problems">What was wrong with it.</param>
public sealed record PostersModel(Frame Frame, TableModel Lots, IReadOnlyDictionary<string, string> Form, IReadOnlyList<string> Problems);

/// <summary>A lot of posters.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="Ranges">The range picker.</param>
/// <param name="Lot">The lot.</param>
/// <param name="Figures">All posters together.</param>
/// <param name="Place">The page about all that hangs there.</param>
/// <param name="Posters">What each poster brought.</param>
/// <param name="Before">The posters before these; null: none.</param>
/// <param name="After">The posters after these; null: none.</param>
/// <param name="Missing">Posters whose link was not minted, since that was cut off.</param>
/// <param name="Style">How they are to be printed.</param>
/// <param name="IsWrong">Whether that could not be read.</param>
/// <param name="Check">Whether phones will read them; null where there is no link yet.</param>
/// <param name="Problems">What was wrong with a change.</param>
public sealed record PosterLotModel(
    Frame Frame, RangeModel Ranges, PosterLot Lot, IReadOnlyList<(string Label, string Value)> Figures, string Place, TableModel Posters, string? Before, string? After, int Missing,
    PosterStyle Style, bool IsWrong, PosterCheckModel? Check, IReadOnlyList<string> Problems);

/// <summary>Whether phones will read posters as they are to be printed.</summary>
/// <param name="Advice">What to change first; nothing when all is good.</param>
/// <param name="Findings">What was looked at, whether it is good enough, and what was found.</param>
/// <param name="Note">What was looked at, from where.</param>
public sealed record PosterCheckModel(IReadOnlyList<string> Advice, IReadOnlyList<(string Trait, bool IsPassed, string Found)> Findings, string Note);

/// <summary>Sheets of posters.</summary>
/// <param name="Frame">Its words and title.</param>
/// <param name="Lot">The lot.</param>
/// <param name="Style">How they are printed.</param>
/// <param name="Brand">The marketplace's name.</param>
/// <param name="Sheets">Pages of posters.</param>
/// <param name="Back">The lot's page.</param>
public sealed record PosterSheetsModel(Frame Frame, PosterLot Lot, PosterStyle Style, string Brand, IReadOnlyList<IReadOnlyList<Poster>> Sheets, string Back);
