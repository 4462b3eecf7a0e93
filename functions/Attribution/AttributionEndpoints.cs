using ShareLinks.Events;
using ShareLinks.Http;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Security;

namespace ShareLinks.Attribution;

/// <summary><c>/api/attribution</c>: what brought orders and other events, for all of some days and for a single one.</summary>
public static class AttributionEndpoints
{
    private const string DefaultEvent = "order";
    private const string AllSubjects = "all";
    private const int DefaultLimit = 1000;
    private const int MaxLimit = 10_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/attribution").RequireAuthorization(Scopes.Query).WithTags("Questions");

        group.MapGet("", async Task<IResult> (
            string? subject, string? @event, string? by, string? model, string? from, string? to, string? lookbackDays, string? halfLifeDays, string? match, string? limit,
            HttpContext http, AttributionQuestions questions, SubjectNames names, ReportingZone zone, TimeProvider time) =>
        {
            if (await names.FindAsync(subject ?? AllSubjects) is not { } subjects)
                return Problem.InvalidQuery("subject", names.Expected).ToResult();
            if (@event is not null && !EventRequest.TypeForm().IsMatch(@event))
                return Problem.InvalidQuery("event", "must be a type such as order: a letter and up to 31 of a-z, 0-9 and _").ToResult();
            if (AttributionModels.Find(model ?? AttributionModel.LastNonDirect.Name()) is not { } divided)
                return Problem.InvalidQuery("model", $"must be one of {string.Join(", ", AttributionModels.All.Select(known => known.Name()))}").ToResult();
            var (scope, problem) = PathScope.Parse(by, lookbackDays, halfLifeDays, match);
            if (problem is not null)
                return problem.ToResult();
            (var range, problem) = DayRange.Parse(from, to, zone, time.GetUtcNow());
            if (problem is not null)
                return problem.ToResult();
            var count = DefaultLimit;
            if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
                return Problem.InvalidQuery("limit", $"must be 1 to {MaxLimit}").ToResult();
            (var format, problem) = TableFormats.Read(http.Request);
            if (problem is not null)
                return problem.ToResult();
            var answer = await questions.AskAsync(subject is null or AllSubjects ? null : subjects, subject ?? AllSubjects, @event ?? DefaultEvent, divided, scope, range, count, http.RequestAborted);
            return TableAnswer.Of(format, answer, AttributionJson.Instance.AttributionAnswer, AttributionTables.Of);
        })
            .WithSummary("What brought the orders, or other events, of some days, all or those with a touch on a subject: the credit of each channel, campaign, link, sharer, … by one of eight models")
            .Produces<AttributionAnswer>(StatusCodes.Status200OK, TableFormats.Json, TableFormats.Csv, TableFormats.Xlsx);

        group.MapGet("/events/{type}/{id}", async Task<IResult> (
            string type, string id, string? by, string? lookbackDays, string? halfLifeDays, string? match, HttpContext http, EventExplainer explainer, ReportingZone zone) =>
        {
            var (scope, problem) = PathScope.Parse(by, lookbackDays, halfLifeDays, match);
            if (problem is not null)
                return problem.ToResult();
            (var format, problem) = TableFormats.Read(http.Request);
            if (problem is not null)
                return problem.ToResult();
            var errors = new List<FieldError>();
            FieldRules.Id(errors, "/id", id);
            return errors.Count == 0 && EventRequest.TypeForm().IsMatch(type) && await explainer.ExplainAsync(type, id, scope, http.RequestAborted) is { } explanation
                ? TableAnswer.Of(format, explanation, AttributionJson.Instance.EventExplanation, answer => AttributionTables.Of(answer, zone))
                : Problem.NotFound("There is no event of this type with this id, or none that is counted yet.").ToResult();
        })
            .WithSummary("What led to one event: its touches with their weights by each model, and those that were left out, with the reason")
            .Produces<EventExplanation>(StatusCodes.Status200OK, TableFormats.Json, TableFormats.Csv, TableFormats.Xlsx);
    }
}
