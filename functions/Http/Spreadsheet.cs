namespace ShareLinks.Http;

/// <summary>A table for people to open in a spreadsheet program.</summary>
/// <param name="Name">What its file and its sheet are called: 1 to 31 of a-z, 0-9 and -.</param>
/// <param name="Headings">Its columns, each with another name; that of a time says in which zone: <c>at (Asia/Shanghai)</c>.</param>
/// <param name="Rows">Each with a cell for every column.</param>
public sealed record Spreadsheet(string Name, IReadOnlyList<string> Headings, IEnumerable<IReadOnlyList<Cell>> Rows);

/// <summary>A cell: empty, a text, a number, or a time as the clocks of its column's zone show it.</summary>
/// <remarks>What it is decides how it is written: a number stays one, and a text is never run as a formula.</remarks>
public readonly record struct Cell
{
    private Cell(object? value) => Value = value;

    /// <summary>null, or a <see cref="string"/>, <see cref="long"/>, <see cref="decimal"/>, <see cref="double"/> or <see cref="DateTimeOffset"/>.</summary>
    internal object? Value { get; }

    public static implicit operator Cell(string? text) => new(text);

    public static implicit operator Cell(long? number) => new(number);

    public static implicit operator Cell(decimal? number) => new(number);

    /// <summary>Infinities and what is no number have no place in a spreadsheet: they leave the cell empty.</summary>
    public static implicit operator Cell(double? number) => new(number is { } value && double.IsFinite(value) ? number : null);

    public static implicit operator Cell(DateTimeOffset? time) => new(time);
}
