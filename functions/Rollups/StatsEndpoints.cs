using ShareLinks.Http;
using ShareLinks.Reporting;
using ShareLinks.Security;

namespace ShareLinks.Rollups;

/// <summary><c>/api/stats</c>: what a channel, campaign, placement, listing, link, sharer, share tree or tag brought.</summary>
public static class StatsEndpoints
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 500;

    private static readonly Dictionary<string, SubjectKind> Kinds = StatsTable.RankedKinds.ToDictionary(kind => kind.ToString().ToLowerInvariant());

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/stats").RequireAuthorization(Scopes.Query).WithTags("Questions");

        group.MapGet("", async Task<IResult> (
            string? subject, string? from, string? to, string? by, HttpContext http, StatsQuestions questions, SubjectNames names, ReportingZone zone, TimeProvider time) =>
        {
            if (subject is null || await names.FindAsync(subject) is not { } subjects)
                return Problem.InvalidQuery("subject", names.Expected).ToResult();
            var (range, problem) = DayRange.Parse(from, to, zone, time.GetUtcNow());
            if (problem is not null)
                return problem.ToResult();
            if (by is not null && !StatsQuestions.Groupings.Contains(by))
                return Problem.InvalidQuery("by", $"must be one of {string.Join(", ", StatsQuestions.Groupings)}").ToResult();
            (var format, problem) = TableFormats.Read(http.Request);
            if (problem is not null)
                return problem.ToResult();
            return TableAnswer.Of(format, await questions.StatsAsync(subjects, subject, range, by ?? "day", http.RequestAborted), RollupJson.Instance.StatsAnswer, StatsTables.Of);
        })
            .WithSummary("How often a subject's links were opened on some days, by whom and where")
            .Produces<StatsAnswer>(StatusCodes.Status200OK, TableFormats.Json, TableFormats.Csv, TableFormats.Xlsx);

        group.MapGet("/top", async Task<IResult> (
            string? kind, string? from, string? to, string? limit, HttpContext http, StatsQuestions questions, ReportingZone zone, TimeProvider time) =>
        {
            if (kind is null || !Kinds.TryGetValue(kind, out var ranked))
                return Problem.InvalidQuery("kind", $"must be one of {string.Join(", ", Kinds.Keys)}").ToResult();
            var (range, problem) = DayRange.Parse(from, to, zone, time.GetUtcNow());
            if (problem is not null)
                return problem.ToResult();
            var count = DefaultLimit;
            if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
                return Problem.InvalidQuery("limit", $"must be 1 to {MaxLimit}").ToResult();
            (var format, problem) = TableFormats.Read(http.Request);
            if (problem is not null)
                return problem.ToResult();
            return TableAnswer.Of(format, await questions.TopAsync(ranked, kind, range, count, http.RequestAborted), RollupJson.Instance.TopAnswer, StatsTables.Of);
        })
            .WithSummary("The listings, sharers, links, channels, campaigns or placements that were opened most on some days")
            .Produces<TopAnswer>(StatusCodes.Status200OK, TableFormats.Json, TableFormats.Csv, TableFormats.Xlsx);
    }
}
