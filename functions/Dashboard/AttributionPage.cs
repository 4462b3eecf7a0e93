using System.Globalization;
using ShareLinks.Attribution;
using ShareLinks.Events;
using ShareLinks.Reporting;
using ShareLinks.Rollups;

namespace ShareLinks.Dashboard;

/// <summary>Puts together what brought events, by all models side by side, and the explanation of a single one. Thread-safe.</summary>
internal sealed class AttributionPage(AttributionQuestions questions, EventExplainer explainer, FunnelQuestions funnels, SubjectNames names, Reports reports, ReportingZone zone)
{
    private const int Rows = 50;
    private const string AllSubjects = "all";

    private static readonly string[] Types = ["order", "chat", "signup", "install", "open"];
    private static readonly string[] Dimensions = ["channel", "campaign", "placement", "sharer", "listing", "link", "app", "entry"];
    private static readonly string[] Funnel = [FunnelQuestions.ClickStep, "chat", "order"];

    public async Task<AttributionModelView> OfAsync(Func<string, DateTimeOffset?, Frame> frame, PageQuery query, PageRange range, CancellationToken cancellationToken)
    {
        var type = query["event"] is { } asked && EventRequest.TypeForm().IsMatch(asked) ? asked : Types[0];
        var (scope, problem) = PathScope.Parse(query["by"], query["lookbackDays"], query["halfLifeDays"], query["match"]);
        if (problem is not null)
            (scope, _) = PathScope.Parse(null, null, null, null);
        var subject = query["subject"] ?? AllSubjects;
        var subjects = await names.FindAsync(subject);
        var isWrong = problem is not null || subjects is null;
        if (subjects is null)
            (subject, subjects) = (AllSubjects, [Subject.All]);
        var isAll = subject == AllSubjects;
        var answers = await questions.AskAllAsync(isAll ? null : subjects, subject, type, scope, range.Days, Rows, cancellationToken);
        var funnel = await funnels.AskAsync(subjects, subject, range.Days, [.. Funnel.Append(type).Distinct()], scope.LookbackDays, cancellationToken);

        var page = frame("attribution", answers[0].CompleteThrough);
        var words = page.Words;
        page = page with { HasFigures = true, Title = words["nav.attribution"] };
        var total = answers[0];
        var api = $"/api/attribution?{(isAll ? "" : $"subject={Uri.EscapeDataString(subject)}&")}event={type}&by={Uri.EscapeDataString(scope.By.Name)}&lookbackDays={scope.LookbackDays}&halfLifeDays={scope.HalfLifeDays.ToString(CultureInfo.InvariantCulture)}&match={scope.Match}&{range.ApiQuery}&model=";
        return new AttributionModelView(
            page, reports.RangeOf(page, range), isWrong, isAll ? null : (subject, Reports.HeadingOf(words, subject), page.Query.With("subject", null)),
            [.. Types.Append(type).Distinct()], type, [.. Dimensions.Append(scope.By.Name).Distinct()], scope.By.Name, scope.LookbackDays, scope.HalfLifeDays, scope.Match,
            string.Format(CultureInfo.InvariantCulture, words["attribution.total"], Reports.Number(words, total.Conversions), Reports.Number(words, total.Unattributed),
                string.Join(", ", total.Value.Select(value => $"{Reports.Money(words, value.Value, value.Key)} {value.Key}"))),
            ModelsOf(words, page.Query, scope, answers),
            [.. answers.Select(answer => (words["model." + answer.Model], api + answer.Model + "&format=csv", api + answer.Model + "&format=xlsx"))],
            [.. answers.SelectMany(answer => answer.Notes).Distinct()], FunnelOf(words, funnel));
    }

    /// <summary>The explanation of one event; null when it is not known.</summary>
    public async Task<EventModel?> ExplainAsync(Func<string, DateTimeOffset?, Frame> frame, string type, string id, PageQuery query, CancellationToken cancellationToken)
    {
        var (scope, problem) = PathScope.Parse(query["by"], query["lookbackDays"], query["halfLifeDays"], query["match"]);
        if (problem is not null)
            (scope, _) = PathScope.Parse(null, null, null, null);
        if (await explainer.ExplainAsync(type, id, scope, cancellationToken) is not { } explanation)
            return null;
        var page = frame("attribution", explanation.CompleteThrough);
        var words = page.Words;
        var models = AttributionModels.All.Where(model => model.WeighsTouches()).Select(model => model.Name()).ToArray();
        return new EventModel(
            page with { HasFigures = true, Title = $"{words.Of("event", type)} {id}" }, type, id, At(explanation.OccurredAt),
            explanation is { Value: { } value, Currency: { } currency } ? $"{Reports.Money(words, value, currency)} {currency}" : null, explanation.ListingId, explanation.Cancelled,
            explanation is { RefundedValue: { } refunded, Currency: { } refundedCurrency } ? $"{Reports.Money(words, refunded, refundedCurrency)} {refundedCurrency}" : null,
            new TableModel(
                "touches", words["event.touches"], [words["event.at"], words["by.channel"], words["by.sharer"], words["by.listing"], words["by.app"], .. models.Select(model => words["model." + model])],
                [.. explanation.Touches.Select(touch => RowOf(words, page.Query, touch, [.. models.Select(model => Reports.Number(words, 100 * touch.Weights![model], 0) + " %")]))]),
            new TableModel(
                "left-out", words["event.leftout"], [words["event.at"], words["by.channel"], words["by.sharer"], words["by.listing"], words["by.app"], words["event.reason"]],
                [.. explanation.LeftOut.Select(touch => RowOf(words, page.Query, touch, [words["reason." + touch.Reason]]))]),
            explanation.Notes);
    }

    private static TableModel ModelsOf(DashboardWords words, PageQuery query, PathScope scope, IReadOnlyList<AttributionAnswer> answers)
    {
        var by = scope.By.Name;
        var keys = answers.SelectMany(answer => answer.Rows).GroupBy(KeyOf).OrderByDescending(rows => rows.Sum(row => row.Conversions)).ThenBy(rows => rows.Key.Key, StringComparer.Ordinal).Take(Rows).Select(rows => rows.Key);
        var byModel = answers.Select(answer => answer.Rows.ToDictionary(KeyOf, row => row.Conversions)).ToArray();
        return new TableModel(
            "models", words["attribution.models"], [words.Of("by", by), .. answers.Select(answer => words["model." + answer.Model])],
            [.. keys.Select(key => new TableRow(
                words.Of(by, key), !key.IsValue || by is "app" or "entry" || by.StartsWith("tag:", StringComparison.Ordinal) ? null : query.To("/dashboard/subject", ("subject", $"{by}:{key.Key}")),
                [.. byModel.Select(rows => Reports.Number(words, rows.GetValueOrDefault(key), 1))], IsOwn: !key.IsValue))]);

        static RowKey KeyOf(AttributionRow row) => new(row.Key, row.Kind);
    }

    private static TableModel FunnelOf(DashboardWords words, FunnelAnswer funnel)
    {
        var most = Math.Max(1, funnel.Steps.Max(step => step.Count));
        return new TableModel(
            "funnel", words["funnel"], [words["funnel.step"], words["funnel.count"], words["funnel.previous"], words["funnel.first"]],
            [.. funnel.Steps.Select(step => new TableRow(
                words.Of("event", step.Step), null, [Reports.Number(words, step.Count), Percent(words, step.OfPrevious), Percent(words, step.OfFirst)], (int)(100 * step.Count / most)))],
            Note: words["funnel.note"]);
    }

    private static string Percent(DashboardWords words, double? ratio) => ratio is { } part ? Reports.Number(words, 100 * part, 2) + " %" : "–";

    private TableRow RowOf(DashboardWords words, PageQuery query, TouchView touch, IEnumerable<string> more) => new(
        At(touch.At), touch.Code is null ? null : query.To("/dashboard/subject", ("subject", $"link:{touch.Code}")),
        [words.Of("channel", touch.IsDirect ? RowKey.Direct.Key : touch.Channel), touch.SharerId, touch.ListingId, words.Of("app", touch.App), .. more]);

    private string At(DateTimeOffset time) => zone.Local(time).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}

/// <summary>What brought the events of a type.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="Ranges">The range picker.</param>
/// <param name="IsWrong">Whether the query could not be read.</param>
/// <param name="Subject">The subject that the events have a touch on, as questions and as people name it, and the address of the page about all events; null when it is that page.</param>
/// <param name="Types">Types to choose from.</param>
/// <param name="Type">The chosen one.</param>
/// <param name="Dimensions">What may be told apart.</param>
/// <param name="By">What is.</param>
/// <param name="LookbackDays">How long before an event a touch may be.</param>
/// <param name="HalfLifeDays">The age at which a touch counts half.</param>
/// <param name="Match"><c>any</c> or <c>listing</c>.</param>
/// <param name="Total">All events, in a sentence.</param>
/// <param name="Models">Credits, a column for each model.</param>
/// <param name="Files">Where each model's answer is to be had.</param>
/// <param name="Notes">What to know when reading the figures.</param>
/// <param name="Funnel">From clicks to events.</param>
public sealed record AttributionModelView(
    Frame Frame, RangeModel Ranges, bool IsWrong, (string Name, string Heading, string All)? Subject, IReadOnlyList<string> Types, string Type, IReadOnlyList<string> Dimensions, string By, int LookbackDays, double HalfLifeDays, string Match,
    string Total, TableModel Models, IReadOnlyList<(string Model, string Csv, string Xlsx)> Files, IReadOnlyList<string> Notes, TableModel Funnel);

/// <summary>What led to one event.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="Type">Its type.</param>
/// <param name="Id">The marketplace's id of it.</param>
/// <param name="At">When it happened.</param>
/// <param name="Value">What it was worth.</param>
/// <param name="ListingId">The listing that it is about.</param>
/// <param name="IsCancelled">Whether it was cancelled.</param>
/// <param name="Refunded">What was paid back.</param>
/// <param name="Touches">Those that count, with their weights.</param>
/// <param name="LeftOut">Those that do not, with the reason.</param>
/// <param name="Notes">What to know when reading it.</param>
public sealed record EventModel(
    Frame Frame, string Type, string Id, string At, string? Value, string? ListingId, bool IsCancelled, string? Refunded, TableModel Touches, TableModel LeftOut, IReadOnlyList<string> Notes);
