using Microsoft.Net.Http.Headers;

namespace ShareLinks.Http;

/// <summary>How a table is answered.</summary>
public enum TableFormat
{
    Json,
    Csv,
    Xlsx,
}

/// <summary>Which <see cref="TableFormat"/> a request asks for: <c>?format=json|csv|xlsx</c>, else its <c>Accept</c> header, else JSON.</summary>
public static class TableFormats
{
    public const string Json = "application/json";
    public const string Csv = "text/csv";
    public const string Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    /// <summary>The format, or the problem with it.</summary>
    public static (TableFormat Format, Problem? Problem) Read(HttpRequest request)
    {
        if (!request.Query.TryGetValue("format", out var format))
            return (Accepted(request.Headers), null);
        return format.ToString() switch
        {
            "json" => (TableFormat.Json, null),
            "csv" => (TableFormat.Csv, null),
            "xlsx" => (TableFormat.Xlsx, null),
            _ => (default, Problem.InvalidQuery("format", "must be json, csv or xlsx")),
        };
    }

    /// <summary>The first of those that the caller likes best. Who accepts none of them is given JSON, as by every other address.</summary>
    private static TableFormat Accepted(IHeaderDictionary headers)
    {
        if (!MediaTypeHeaderValue.TryParseList(headers.Accept, out var types))
            return TableFormat.Json;
        foreach (var type in types.Where(type => type.Quality != 0).OrderByDescending(type => type.Quality ?? 1))
        {
            if (type.MatchesMediaType(Json))
                return TableFormat.Json;
            if (type.MatchesMediaType(Csv))
                return TableFormat.Csv;
            if (type.MatchesMediaType(Xlsx))
                return TableFormat.Xlsx;
        }
        return TableFormat.Json;
    }
}
