using System.Globalization;
using ShareLinks.Attribution;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Minting;
using ShareLinks.Reporting;
using ShareLinks.Resolving;
using ShareLinks.Rollups;
using ShareLinks.Security;

namespace ShareLinks.Dashboard;

/// <summary>Puts together what a subject's links brought: the overview, and the page of a single subject. Thread-safe.</summary>
internal sealed class Reports(
    FreshFold fold, StatsQuestions stats, SubjectNames names, SubjectConversions conversions, SpreadQuestions spreads, LinkFinder finder, LinkTable linkTable, LinkViews links,
    ListingTable listings, LinkResolver resolver, RouteTable routes, OfferedWays offers, DashboardOptions options, ReportingZone zone, TimeProvider time)
{
    private const int TableRows = 10;
    private const int TreeRows = 300;
    internal const string Order = "order";

    /// <summary>As by default in every question.</summary>
    internal static readonly TimeSpan LookBack = TimeSpan.FromDays(7);

    private static readonly string[] Dimensions = ["channel", "app", "os", "country", "campaign", "placement", "entry"];
    private static readonly string[] Ranked = ["listing", "sharer", "campaign", "placement"];

    private static readonly HashSet<string> BrowserApps = [.. Enum.GetValues<ClientApp>().Select(app => app.Name())];

    /// <summary>A subject as people name it, such as <c>Channel wechat</c>.</summary>
    public static string HeadingOf(DashboardWords words, string subject) => subject.Split(':', 2) is [var kind, var key] ? $"{words.Of("subject", kind)} {key}" : words["nav.overview"];

    /// <summary>Whether there can be anything to show: false for a listing, link or sharer that nobody ever heard of, where zeros would hide a misspelt name.</summary>
    public async Task<bool> IsKnownAsync(string subject, CancellationToken cancellationToken) => subject.Split(':', 2) switch
    {
        ["listing", { Length: > FieldRules.MaxIdLength }] => false,
        ["listing", { Length: > 0 } id] => await listings.IsKnownAsync(id, cancellationToken),
        _ => await names.FindAsync(subject) is not [],
    };

    /// <summary>The page; null when the subject is none.</summary>
    /// <param name="frame">Makes the frame of a title.</param>
    /// <param name="subject">As questions name it.</param>
    /// <param name="range">The days.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<ReportModel?> OfAsync(Func<string, DateTimeOffset?, Frame> frame, string subject, PageRange range, CancellationToken cancellationToken)
    {
        if (await names.FindAsync(subject) is not { } subjects)
            return null;
        var isAll = subject == "all";
        var ask = (DayRange days, string by) => stats.StatsAsync(subjects, subject, days, by, cancellationToken);
        // All at once, so that what is new is counted once for all of them.
        var days = ask(range.Days, "day");
        var hours = ask(range.Days, "hour");
        var before = ask(range.Before, "day");
        var appsBefore = ask(range.Before, "app");
        var values = Dimensions.ToDictionary(by => by, by => ask(range.Days, by));
        var tops = isAll ? Ranked.ToDictionary(kind => kind, kind => stats.TopAsync(Enum.Parse<SubjectKind>(kind, ignoreCase: true), kind, range.Days, TableRows, cancellationToken)) : [];
        var orders = OrdersAsync(range.Days);
        var ordersBefore = OrdersAsync(range.Before);
        await Task.WhenAll([days, hours, before, appsBefore, orders, ordersBefore, .. values.Values, .. tops.Values]);

        var page = frame(subject, days.Result.CompleteThrough);
        var (words, query) = (page.Words, page.Query);
        var (name, key) = subject.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? (subject[..colon], subject[(colon + 1)..]) : (subject, "");
        var link = name is "link" or "root" ? await finder.FindAsync(key, LookupPermit.Free) : null;
        var tree = link is null ? null : await TreeAsync(link, page, range, cancellationToken);
        var attribution = query.To("/dashboard/attribution", ("subject", isAll ? null : subject));
        var heading = HeadingOf(words, subject);
        return new ReportModel(
            page with { HasFigures = true, Title = heading }, RangeOf(page, range), subject, heading, ProfileOf(name, key),
            [
                Count(words, "clicks", days.Result.Total.Clicks, before.Result.Total.Clicks, "#days"),
                Count(words, "visitors", days.Result.Total.Visitors, before.Result.Total.Visitors, "#days"),
                Count(words, "openings", InApps(values["app"].Result), InApps(appsBefore.Result), "#app"),
                Count(words, "orders", orders.Result.Events, ordersBefore.Result.Events, attribution),
                .. orders.Result.Value.Keys.Union(ordersBefore.Result.Value.Keys).Order(StringComparer.Ordinal).Select(currency => Amount(
                    words, currency, orders.Result.Value.GetValueOrDefault(currency), ordersBefore.Result.Value.GetValueOrDefault(currency), attribution)),
            ],
            DaysOf(words, subject, range, days.Result, before.Result), HeatOf(words, hours.Result),
            [
                .. tops.Select(top => TableOf(words, query, top.Value.Result, range)),
                .. values.Where(value => value.Value.Result.Rows.Count > 0 && !tops.ContainsKey(value.Key) && value.Key != name).Select(value => TableOf(words, query, value.Key, value.Value.Result, range)),
            ],
            link is null ? null : await LinkOfAsync(link, page), tree, Links: null, isAll ? ExportOf(range, days.Result.Total.Clicks) : null);

        async Task<(long Events, IReadOnlyDictionary<string, decimal> Value)> OrdersAsync(DayRange of) => await fold.StateAsync(cancellationToken) is { } state
            ? await conversions.CountAsync(state.Generation, Order, isAll ? null : subjects, of, LookBack, cancellationToken)
            : (0, new Dictionary<string, decimal>());
    }

    /// <summary>The range picker of a page.</summary>
    public RangeModel RangeOf(Frame frame, PageRange range) => new(
        [.. PageRange.Names.Select(name => (name, frame.Query.WithRange(name)))], range.Name, range.Typed?.From ?? range.From, range.Typed?.Last ?? range.Last, range.Problem, zone.Id,
        [.. frame.Query.Parameters.Where(parameter => parameter.Key is not ("range" or "from" or "to"))]);

    /// <summary>A number as people of a language write it.</summary>
    public static string Number(DashboardWords words, double number, int decimals = 0) => number.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.GetCultureInfo(words.Language));

    /// <summary>An amount as people of a language write it: with its currency's decimals, unless it is whole.</summary>
    public static string Money(DashboardWords words, decimal amount, string currency)
    {
        var rounded = Currencies.Round(amount, currency);
        var decimals = decimal.IsInteger(rounded) ? 0 : Currencies.Decimals(currency);
        return rounded.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.GetCultureInfo(words.Language));
    }

    private static long InApps(StatsAnswer apps) => apps.Rows.Where(row => row.Key is { } app && new RowKey(app, row.Kind!).IsValue && !BrowserApps.Contains(app)).Sum(row => row.Clicks);

    private static Tile Count(DashboardWords words, string figure, long now, long before, string address) =>
        new(words["figure." + figure], Number(words, now), ChangeOf(now, before), now.CompareTo(before), Number(words, before), address);

    private static Tile Amount(DashboardWords words, string currency, decimal now, decimal before, string address) =>
        new($"{words["figure.value"]} ({currency})", Money(words, now, currency), ChangeOf((double)now, (double)before), now.CompareTo(before), Money(words, before, currency), address);

    private static string? ChangeOf(double now, double before) => before == 0 ? null : (now / before - 1).ToString("+0 %;−0 %;±0 %", CultureInfo.InvariantCulture);

    private static TableModel DaysOf(DashboardWords words, string subject, PageRange range, StatsAnswer answer, StatsAnswer before)
    {
        var api = $"/api/stats?subject={Uri.EscapeDataString(subject)}&by=day&{range.ApiQuery}";
        return new TableModel(
            "days", words["table.days"], [words["by.day"], words["figure.clicks"], words["figure.visitors"], words["figure.before"]],
            [.. answer.Rows.Select((row, day) => new TableRow(
                row.Key!, null, [Number(words, row.Clicks), Number(words, row.Visitors ?? 0), day < before.Rows.Count ? Number(words, before.Rows[day].Clicks) : "–"]))],
            api + "&format=csv", api + "&format=xlsx", "line", range.Days.Days > 1 ? words["note.visitors"] : null);
    }

    private static ExportModel ExportOf(PageRange range, long clicks)
    {
        var api = $"/api/clicks/export?{range.ApiQuery}&format=";
        return new ExportModel(api + "csv", api + "ndjson", $"clicks-{range.From}-{range.Last}", clicks);
    }

    private static HeatModel HeatOf(DashboardWords words, StatsAnswer hours)
    {
        var clicks = Enumerable.Range(0, 7).Select(_ => new long[24]).ToArray();
        foreach (var row in hours.Rows)
        {
            var at = DateTimeOffset.Parse(row.Key!, CultureInfo.InvariantCulture);
            clicks[((int)at.DayOfWeek + 6) % 7][at.Hour] += row.Clicks;
        }
        var culture = CultureInfo.GetCultureInfo(words.Language).DateTimeFormat;
        return new HeatModel(clicks, [.. Enumerable.Range(1, 7).Select(day => culture.AbbreviatedDayNames[day % 7])]);
    }

    private static TableModel TableOf(DashboardWords words, PageQuery query, string by, StatsAnswer answer, PageRange range)
    {
        var api = $"/api/stats?subject={Uri.EscapeDataString(answer.Subject)}&by={by}&{range.ApiQuery}";
        var most = Math.Max(1, answer.Rows.Max(row => row.Clicks));
        return new TableModel(
            by, words["by." + by], [words["by." + by], words["figure.clicks"]],
            [.. answer.Rows.Take(TableRows).Select(row => (Key: new RowKey(row.Key, row.Kind!), row.Clicks)).Select(row => new TableRow(
                words.Of(by, row.Key), row.Key.IsValue && by is "channel" or "campaign" or "placement" ? query.To("/dashboard/subject", ("subject", $"{by}:{row.Key.Key}")) : null,
                [Number(words, row.Clicks)], (int)(100 * row.Clicks / most), IsOwn: !row.Key.IsValue))],
            api + "&format=csv", api + "&format=xlsx");
    }

    private static TableModel TableOf(DashboardWords words, PageQuery query, TopAnswer answer, PageRange range)
    {
        var api = $"/api/stats/top?kind={answer.Kind}&{range.ApiQuery}&limit=500";
        var most = Math.Max(1, answer.Rows.Select(row => row.Clicks).DefaultIfEmpty().Max());
        return new TableModel(
            "top-" + answer.Kind, words["top." + answer.Kind], [words["by." + answer.Kind], words["figure.clicks"]],
            [.. answer.Rows.Select(row => new TableRow(
                words.Of(answer.Kind, row.Key is { } name ? RowKey.Of(name) : RowKey.Erased), row.Key is null ? null : query.To("/dashboard/subject", ("subject", $"{answer.Kind}:{row.Key}")),
                [Number(words, row.Clicks)], (int)(100 * row.Clicks / most), IsOwn: row.Key is null))],
            api + "&format=csv", api + "&format=xlsx", Note: answer.Approximate ? words["note.approximate"] : null);
    }

    /// <summary>The marketplace's own page about a sharer.</summary>
    private string? ProfileOf(string name, string key) =>
        name == "sharer" && options.SharerUrl is { } template ? template.Replace("{sharerId}", Uri.EscapeDataString(key), StringComparison.Ordinal) : null;

    private async Task<TableModel?> TreeAsync(Link link, Frame frame, PageRange range, CancellationToken cancellationToken)
    {
        var root = link.Attributes.Root == link.Id ? link : await linkTable.GetAsync(link.Attributes.Root);
        if (root is null || await spreads.AnswerAsync(root, new SpreadQuestion(root.Id, Order, range.Days), null, TreeRows, cancellationToken) is not { } spread)
            return null;
        var words = frame.Words;
        var api = $"/api/links/{spread.Root}/spread?{range.ApiQuery}";
        var channels = spread.Nodes.ToDictionary(node => node.Code, node => node.Channel);
        return new TableModel(
            "tree", words["table.tree"], [words["by.link"], words["tree.depth"], words["by.sharer"], words["by.channel"], words["figure.clicks"], words["tree.forwards"], words["figure.orders"]],
            [.. spread.Nodes.Select(node => new TableRow(
                node.Code, frame.Query.To("/dashboard/subject", ("subject", $"link:{node.Code}")),
                [Number(words, node.Depth), node.SharerId, words.Of("channel", node.Channel), Number(words, node.Clicks), Number(words, node.Forwards), Number(words, node.Conversions)],
                Parent: node.Parent, IsCrossing: node is { Channel: { } channel, Parent: { } parent } && channels.GetValueOrDefault(parent) is { } from && from != channel))],
            api + "&format=csv", api + "&format=xlsx", spread.Nodes.Count > 1 ? "tree" : null,
            string.Format(CultureInfo.InvariantCulture, words["tree.note"], Number(words, spread.Links), spread.Depth, Number(words, spread.BranchingFactor, 2), Number(words, spread.StructuralVirality, 2), Number(words, spread.KFactor, 3), Number(words, spread.Crossings)));
    }

    /// <summary>What a link does in every app on every system; null when it leads nowhere.</summary>
    private async Task<(TableModel? Table, IReadOnlyList<string> Missing)> DiagnoseAsync(string code, DashboardWords words)
    {
        if (await resolver.ResolveAsync(code, time.GetUtcNow(), LookupPermit.Free) is not Resolution.Found found)
            return (null, []);
        var cells = Diagnosis.Cells(found.Route, routes, offers);
        string[] systems = [.. cells.Select(cell => cell.Os).Distinct()];
        return (
            new TableModel(
                "diagnosis", words["link.diagnose"], [words["diagnose.app"], .. systems],
                [.. cells.GroupBy(cell => cell.App).Select(app => new TableRow(app.Key, null, [.. app.Select(cell => $"{(cell.Missing.Count == 0 ? "●" : "◐")} {words["diagnose." + cell.Action]}")]))],
                Note: $"◐ {words["diagnose.more"]}"),
            [.. cells.SelectMany(cell => cell.Missing).Distinct().Order(StringComparer.Ordinal)]);
    }

    private async Task<LinkModel> LinkOfAsync(Link link, Frame frame)
    {
        var (view, words) = (await links.OfAsync(link), frame.Words);
        var facts = new List<(string, string, string?)>();
        Add("listing", view.ListingId);
        Add("sharer", view.SharerId);
        Add("channel", view.Channel);
        Add("campaign", view.Campaign);
        Add("placement", view.Placement);
        Add("root", view.Root == view.Code ? null : view.Root);
        foreach (var (tag, value) in view.Tags)
            facts.Add((tag, value, null));
        facts.Add((words["link.created"], zone.Local(view.CreatedAt).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), null));
        if (view.DisabledAt is { } disabled)
            facts.Add((words["link.disabled"], zone.Local(disabled).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), null));
        var (diagnosis, missing) = await DiagnoseAsync(view.Code, words);
        return new LinkModel(
            view.Code, view.Url, view.Token, view.ShareText.GetValueOrDefault(words.Language) ?? view.ShareText.Values.First(), view.Pictures.Svg, facts, view.DisabledAt is not null, diagnosis, missing);

        void Add(string kind, string? value)
        {
            if (value is not null)
                facts.Add((words["subject." + kind], value, frame.Query.To("/dashboard/subject", ("subject", $"{kind}:{value}"))));
        }
    }
}
