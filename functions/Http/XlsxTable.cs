using System.Data;
using MiniExcelLibs;
using MiniExcelLibs.Attributes;
using MiniExcelLibs.OpenXml;

namespace ShareLinks.Http;

/// <summary>Writes a table as an Excel workbook with one sheet.</summary>
/// <remarks>
/// Numbers and times are cells of those kinds. A text is a cell of kind string and no formula whatever it begins with, so it stays as it is: an
/// apostrophe before it would be shown.
/// </remarks>
internal static class XlsxTable
{
    private const string TimeFormat = "yyyy-mm-dd hh:mm:ss";

    /// <summary>In characters: times that do not fit into their column are shown as ####.</summary>
    private const double TimeWidth = 20;

    public static Task WriteAsync(Spreadsheet table, Stream stream, CancellationToken cancellationToken)
    {
        // Of all that the writer takes, this alone shows its headings also where there are no rows.
        using var rows = new DataTable();
        foreach (var heading in table.Headings)
            rows.Columns.Add(heading, typeof(object));
        var times = new HashSet<int>();
        foreach (var cells in table.Rows)
        {
            var row = new object?[cells.Count];
            for (var column = 0; column < row.Length; column++)
            {
                row[column] = cells[column].Value is DateTimeOffset time ? time.DateTime : cells[column].Value;
                if (row[column] is DateTime)
                    times.Add(column);
            }
            rows.Rows.Add(row);
        }
        var layout = new OpenXmlConfiguration
        {
            DynamicColumns = [.. times.Select(column => new DynamicExcelColumn(table.Headings[column]) { Format = TimeFormat, Width = TimeWidth })],
        };
        return stream.SaveAsAsync(rows, sheetName: table.Name, configuration: layout, cancellationToken: cancellationToken);
    }
}
