using System.Text.Json.Serialization.Metadata;

namespace ShareLinks.Http;

/// <summary>Answers with a table in the format that the caller requested.</summary>
public static class TableAnswer
{
    /// <summary>The value as JSON, or as a file that holds the spreadsheet made of it.</summary>
    public static IResult Of<T>(TableFormat format, T value, JsonTypeInfo<T> type, Func<T, Spreadsheet> table) =>
        format == TableFormat.Json ? new JsonResult<T>(value, type) : new FileResult(format, table(value));

    /// <summary>Names the file that an answer is to be kept as.</summary>
    /// <param name="response">The answer, not yet started.</param>
    /// <param name="fileName">Letters, digits, dots and dashes.</param>
    internal static void NameFile(HttpResponse response, string fileName) =>
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";

    private sealed class JsonResult<T>(T value, JsonTypeInfo<T> type) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Vary = "Accept";
            return httpContext.Response.WriteAsJsonAsync(value, type, cancellationToken: httpContext.RequestAborted);
        }
    }

    /// <summary>The file is made before the answer begins, so that a fault can still be reported.</summary>
    private sealed class FileResult(TableFormat format, Spreadsheet table) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var (type, ending) = format == TableFormat.Csv ? (CsvTable.ContentType, "csv") : (TableFormats.Xlsx, "xlsx");
            using var file = new MemoryStream();
            if (format == TableFormat.Csv)
                await CsvTable.WriteAsync(table, file, httpContext.RequestAborted);
            else
                await XlsxTable.WriteAsync(table, file, httpContext.RequestAborted);
            var response = httpContext.Response;
            response.Headers.Vary = "Accept";
            response.ContentType = type;
            response.ContentLength = file.Length;
            NameFile(response, $"{table.Name}.{ending}");
            await response.Body.WriteAsync(file.GetBuffer().AsMemory(0, (int)file.Length), httpContext.RequestAborted);
        }
    }
}
