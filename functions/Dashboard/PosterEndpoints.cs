using System.Globalization;
using ShareLinks.Reporting;

namespace ShareLinks.Dashboard;

/// <summary><c>/dashboard/posters</c>: lots of posters, made, checked, printed, followed and pointed elsewhere.</summary>
internal static class PosterEndpoints
{
    private const string LotAddress = "/dashboard/posters/lot";

    public static void Map(IEndpointRouteBuilder pages, bool allowHttp)
    {
        pages.MapGet("/posters", (HttpContext http, PostersPage posters) => PageAsync(http, async visit =>
            Results.RazorSlice<Slices.LotList, PostersModel>(await posters.OfAsync(visit.Frame("", null), new Dictionary<string, string>(), [], http.RequestAborted))));

        pages.MapPost("/posters", (HttpContext http, PostersPage posters) => PageAsync(http, async visit =>
        {
            var frame = visit.Frame("", null);
            if (await DashboardEndpoints.OwnFormAsync(http) is not { } form || !frame.CanMint)
                return Results.BadRequest();
            var fields = PostersPage.Fields.Append(PostersPage.KeyField).ToDictionary(field => field, field => form[field].ToString().Trim());
            var (lot, problems) = await posters.MakeAsync(fields, allowHttp, http.RequestAborted);
            return lot is not null
                ? Results.LocalRedirect(visit.Query.To(LotAddress, ("lot", lot.Name)))
                : Results.RazorSlice<Slices.LotList, PostersModel>(await posters.OfAsync(frame, fields, problems, http.RequestAborted), StatusCodes.Status400BadRequest);
        }));

        pages.MapGet("/posters/lot", (HttpContext http, PostersPage posters, ReportingZone zone, TimeProvider time) => PageAsync(http, visit => ShowAsync(http, visit, posters, zone, time, [])));

        pages.MapPost("/posters/lot", (HttpContext http, PostersPage posters, ReportingZone zone, TimeProvider time) => PageAsync(http, async visit =>
        {
            if (await DashboardEndpoints.OwnFormAsync(http) is not { } form || !visit.Frame("", null).CanMint
                || await posters.ChangeAsync(visit.Query["lot"], form["change"].ToString(), Number("first"), Number("last"), form["listingId"].ToString().Trim(), http.RequestAborted) is not { } problems)
            {
                return Results.BadRequest();
            }
            return problems.Count == 0
                ? Results.LocalRedirect(visit.Query.To(LotAddress, ("lot", visit.Query["lot"])))
                : await ShowAsync(http, visit, posters, zone, time, problems);

            int? Number(string field) => int.TryParse(form[field], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }));

        pages.MapGet("/posters/print", (HttpContext http, PostersPage posters) => PageAsync(http, async visit =>
            await posters.PrintAsync(visit.Frame("", null), http.RequestAborted) is { } print
                ? Results.RazorSlice<Slices.Sheets, PosterSheetsModel>(print)
                : DashboardEndpoints.NotFound(visit)));
    }

    private static async Task<IResult> ShowAsync(HttpContext http, DashboardEndpoints.Visit visit, PostersPage posters, ReportingZone zone, TimeProvider time, IReadOnlyList<string> problems)
    {
        var range = PageRange.Of(visit.Query, zone, time.GetUtcNow());
        return await posters.LotOfAsync(visit.Frame, visit.Query, range, problems, http.RequestAborted) is { } model
            ? Results.RazorSlice<Slices.Lot, PosterLotModel>(model, problems.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest)
            : DashboardEndpoints.NotFound(visit);
    }

    private static Task<IResult> PageAsync(HttpContext http, Func<DashboardEndpoints.Visit, Task<IResult>> show) => DashboardEndpoints.PageAsync(http, "posters", show);
}
