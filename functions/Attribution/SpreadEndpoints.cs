using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Security;

namespace ShareLinks.Attribution;

/// <summary><c>/api/links/{code}/spread</c>: how far sharing carried a link.</summary>
public static class SpreadEndpoints
{
    private const string DefaultEvent = "order";
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/links/{code}/spread", async Task<IResult> (
            string code, string? @event, string? from, string? to, string? limit, string? after, HttpContext http, SpreadQuestions questions, LinkFinder finder, LinkTable links,
            ShortCodes codes, ReportingZone zone, TimeProvider time) =>
        {
            if (await finder.FindAsync(code, LookupPermit.Free) is not { } link || await links.GetAsync(link.Attributes.Root) is not { } root)
                return Problem.NotFound("There is no link with this code or alias.").ToResult();
            var errors = new List<FieldError>();
            FieldRules.Name(errors, "?event", @event, DefaultEvent);
            if (errors is [var error])
                return Problem.InvalidQuery("event", error.Detail).ToResult();
            var (range, problem) = DayRange.Parse(from, to, zone, time.GetUtcNow(), since: root.CreatedAt);
            if (problem is not null)
                return problem.ToResult();
            var count = DefaultLimit;
            if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
                return Problem.InvalidQuery("limit", $"must be 1 to {MaxLimit}").ToResult();
            LinkId? last = null;
            if (!string.IsNullOrEmpty(after))
            {
                if (!codes.TryDecode(after, out var id))
                    return NoCursor();
                last = id;
            }
            (var format, problem) = TableFormats.Read(http.Request);
            if (problem is not null)
                return problem.ToResult();
            var question = new SpreadQuestion(root.Id, @event ?? DefaultEvent, range);
            var answer = format == TableFormat.Json
                ? await questions.AnswerAsync(root, question, last, count, http.RequestAborted)
                : await questions.AnswerAsync(root, question, null, SpreadQuestions.NoLimit, http.RequestAborted);
            return answer is null ? NoCursor() : TableAnswer.Of(format, answer, SpreadJson.Instance.SpreadAnswer, SpreadTables.Of);

            static IResult NoCursor() => Problem.InvalidQuery("after", "must be the cursor of an earlier answer").ToResult();
        })
        .RequireAuthorization(Scopes.Query).WithTags("Questions")
        .WithSummary("How far sharing carried a link: its whole share tree, with the clicks and conversions of some days, page by page; as a table all at once")
        .Produces<SpreadAnswer>(StatusCodes.Status200OK, TableFormats.Json, TableFormats.Csv, TableFormats.Xlsx);
}
