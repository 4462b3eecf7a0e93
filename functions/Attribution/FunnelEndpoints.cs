using ShareLinks.Events;
using ShareLinks.Http;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Security;

namespace ShareLinks.Attribution;

/// <summary><c>/api/funnel</c>: how many of those who opened a subject's links went on to an order.</summary>
public static class FunnelEndpoints
{
    private const string AllSubjects = "all";
    private const string DefaultSteps = "click,open,order";
    private const int MinSteps = 2;
    private const int MaxSteps = 8;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/funnel", async Task<IResult> (
            string? subject, string? from, string? to, string? steps, string? lookbackDays, HttpContext http, FunnelQuestions questions, SubjectNames names,
            ReportingZone zone, TimeProvider time) =>
        {
            if (await names.FindAsync(subject ?? AllSubjects) is not { } subjects)
                return Problem.InvalidQuery("subject", names.Expected).ToResult();
            var (range, problem) = DayRange.Parse(from, to, zone, time.GetUtcNow());
            if (problem is not null)
                return problem.ToResult();
            var asked = (steps ?? DefaultSteps).Split(',');
            if (asked.Length is < MinSteps or > MaxSteps || asked.Distinct(StringComparer.Ordinal).Count() < asked.Length || !asked.All(step => EventRequest.TypeForm().IsMatch(step)))
                return Problem.InvalidQuery("steps", $"must be {MinSteps} to {MaxSteps} different names by comma: {FunnelQuestions.ClickStep}, and types of events such as order").ToResult();
            (var days, problem) = PathScope.ParseLookBack(lookbackDays);
            if (problem is not null)
                return problem.ToResult();
            (var format, problem) = TableFormats.Read(http.Request);
            if (problem is not null)
                return problem.ToResult();
            var answer = await questions.AskAsync(subjects, subject ?? AllSubjects, range, asked, days, http.RequestAborted);
            return TableAnswer.Of(format, answer, FunnelJson.Instance.FunnelAnswer, Table);
        })
            .RequireAuthorization(Scopes.Query).WithTags("Questions")
            .WithSummary("How many openings of a subject's links there were on some days, and how many events of each type they led to")
            .Produces<FunnelAnswer>(StatusCodes.Status200OK, TableFormats.Json, TableFormats.Csv, TableFormats.Xlsx);

    private static Spreadsheet Table(FunnelAnswer answer) => new(
        "funnel", ["step", "count", "ofPrevious", "ofFirst"],
        answer.Steps.Select(step => (IReadOnlyList<Cell>)[step.Step, step.Count, step.OfPrevious, step.OfFirst]));
}
