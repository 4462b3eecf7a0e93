using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using CsvHelper;
using Microsoft.AspNetCore.Http;
using MiniExcelLibs;
using ShareLinks.Http;

namespace ShareLinks.Tests.Http;

public class TableAnswerTests
{
    private static readonly string[] Texts = ["=1+1", "@x", "-cmd", "+x", "＝1", "＋x", "－x", "＠x", "\tx", "\rx", "=a,b", "=a\"b", "\"=1", "a,b", "a\"b", "开学季", "🎉 摊位", " x", "00123", "_x0041_", "<b>&"];
    private static readonly DateTimeOffset At = new(2026, 11, 22, 23, 59, 59, 999, TimeSpan.FromHours(8));

    private static Spreadsheet Sample { get; } = new("stats", ["key", "clicks", "rate", "value", "at (Asia/Shanghai)"],
        [.. Texts.Select(text => (Cell[])[text, -5L, -0.25, 2399.10m, At]), [(string?)null, (long?)null, double.NaN, (decimal?)null, (DateTimeOffset?)null]]);

    [Theory]
    [InlineData("", "", TableFormat.Json)]
    [InlineData("?format=json", "text/csv", TableFormat.Json)]
    [InlineData("?format=csv", "", TableFormat.Csv)]
    [InlineData("?format=xlsx", "application/json", TableFormat.Xlsx)]
    [InlineData("", "text/csv", TableFormat.Csv)]
    [InlineData("", "TEXT/CSV; charset=utf-8", TableFormat.Csv)]
    [InlineData("", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", TableFormat.Xlsx)]
    [InlineData("", "text/csv;q=0.5, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", TableFormat.Xlsx)]
    [InlineData("", "application/json;q=0.1, text/csv", TableFormat.Csv)]
    [InlineData("", "text/csv;q=0, */*", TableFormat.Json)]
    [InlineData("", "text/html,application/xhtml+xml,*/*;q=0.8", TableFormat.Json)]
    [InlineData("", "image/png", TableFormat.Json)]
    [InlineData("", ";;;", TableFormat.Json)]
    internal void The_format_is_the_querys_else_the_one_that_is_accepted_best(string query, string accept, TableFormat expected)
    {
        var (format, problem) = TableFormats.Read(Request(query, accept));
        Assert.Null(problem);
        Assert.Equal(expected, format);
    }

    [Theory]
    [InlineData("?format=pdf")]
    [InlineData("?format=CSV")]
    [InlineData("?format=")]
    [InlineData("?format=csv&format=json")]
    public void An_unknown_format_is_refused_by_name(string query)
    {
        var (_, problem) = TableFormats.Read(Request(query, "text/csv"));
        Assert.Equal(400, problem!.Status);
        Assert.Equal(new FieldError("?format", "must be json, csv or xlsx"), Assert.Single(problem.Errors!));
    }

    [Fact]
    public async Task Json_is_the_value_itself()
    {
        var (response, body) = await AnswerAsync(TableFormat.Json);
        Assert.StartsWith("application/json", response.ContentType, StringComparison.Ordinal);
        Assert.Equal("Accept", response.Headers.Vary);
        Assert.Equal("a title", JsonNode.Parse(body)!["title"]!.GetValue<string>());
    }

    [Fact]
    public async Task Csv_reads_back_and_runs_no_text_as_a_formula()
    {
        var (response, body) = await AnswerAsync(TableFormat.Csv);
        Assert.Equal("text/csv; charset=utf-8", response.ContentType);
        Assert.Equal("attachment; filename=\"stats.csv\"", response.Headers.ContentDisposition);
        Assert.Equal("Accept", response.Headers.Vary);
        Assert.Equal(body.Length, response.ContentLength);
        Assert.Equal(Encoding.UTF8.Preamble.ToArray(), body[..3]);
        var text = Encoding.UTF8.GetString(body);
        // Every line ends with both; the one text with a carriage return in it is quoted.
        Assert.Equal(Texts.Length + 2, text.Split("\r\n").Length - 1);
        Assert.DoesNotContain('\n', text.Replace("\r\n", "", StringComparison.Ordinal));

        using var csv = CsvReader.Create(body);
        csv.ReadHeader();
        Assert.Equal(Sample.Headings, csv.Headers!);
        foreach (var original in Texts)
        {
            Assert.True(csv.Read());
            Assert.Equal("=+-@＝＋－＠\t\r".Contains(original[0], StringComparison.Ordinal) ? "'" + original : original, csv.GetString(0));
            Assert.Equal("-5", csv.GetString(1));
            Assert.Equal("-0.25", csv.GetString(2));
            Assert.Equal("2399.10", csv.GetString(3));
            Assert.Equal("2026-11-22 23:59:59", csv.GetString(4));
        }
        Assert.True(csv.Read());
        Assert.All(Enumerable.Range(0, 5), column => Assert.Equal("", csv.GetString(column)));
        Assert.False(csv.Read());
    }

    [Fact]
    public async Task A_workbook_has_numbers_times_and_texts_and_no_formula()
    {
        var (response, body) = await AnswerAsync(TableFormat.Xlsx);
        Assert.Equal(TableFormats.Xlsx, response.ContentType);
        Assert.Equal("attachment; filename=\"stats.xlsx\"", response.Headers.ContentDisposition);
        using var file = new MemoryStream(body);
        Assert.Equal(["stats"], file.GetSheetNames());
        var rows = file.Query(useHeaderRow: true).Cast<IDictionary<string, object?>>().ToList();
        Assert.Equal(Sample.Headings, rows[0].Keys);
        // XML makes line feeds of carriage returns.
        Assert.Equal(Texts.Select(text => text.Replace('\r', '\n')), rows.Take(Texts.Length).Select(row => row["key"]));
        Assert.All(rows.Take(Texts.Length), row =>
        {
            Assert.Equal(-5.0, row["clicks"]);
            Assert.Equal(-0.25, row["rate"]);
            Assert.Equal(2399.1, row["value"]);
            Assert.Equal(At.DateTime, Assert.IsType<DateTime>(row["at (Asia/Shanghai)"]), TimeSpan.FromMilliseconds(1));
        });
        Assert.All(rows[^1].Values, Assert.Null);

        using var zip = new ZipArchive(file);
        var sheet = await TextAsync(zip, "xl/worksheets/sheet1.xml");
        Assert.Contains("t=\"str\" s=\"2\"><x:v>=1+1<", sheet, StringComparison.Ordinal);
        Assert.Contains("t=\"n\" s=\"2\"><x:v>-5<", sheet, StringComparison.Ordinal);
        Assert.DoesNotMatch("<(x:)?f[ >/]", sheet);
        Assert.Contains("formatCode=\"yyyy-mm-dd hh:mm:ss\"", await TextAsync(zip, "xl/styles.xml"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TableFormat.Csv)]
    [InlineData(TableFormat.Xlsx)]
    internal async Task A_table_without_rows_has_its_headings(TableFormat format)
    {
        var (_, body) = await AnswerAsync(format, Sample with { Rows = [] });
        if (format == TableFormat.Csv)
        {
            Assert.Equal("\uFEFFkey,clicks,rate,value,at (Asia/Shanghai)\r\n", Encoding.UTF8.GetString(body));
            return;
        }
        using var file = new MemoryStream(body);
        var row = Assert.Single(file.Query().Cast<IDictionary<string, object?>>());
        Assert.Equal(Sample.Headings, row.Values.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture)));
    }

    private static HttpRequest Request(string query, string accept)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);
        if (accept.Length > 0)
            request.Headers.Accept = accept;
        return request;
    }

    private static async Task<(HttpResponse Response, byte[] Body)> AnswerAsync(TableFormat format, Spreadsheet? table = null)
    {
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;
        var value = new Problem { Title = "a title", Status = 200, Detail = "", Code = "" };
        await TableAnswer.Of(format, value, HttpJson.Instance.Problem, _ => table ?? Sample).ExecuteAsync(http);
        return (http.Response, body.ToArray());
    }

    private static async Task<string> TextAsync(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return await reader.ReadToEndAsync();
    }
}
