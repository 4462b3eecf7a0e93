namespace ShareLinks.Rollups;

/// <summary>What a row of an answer is about: a value, or what this service itself puts together. A value may be called like any of those; the kind tells them apart.</summary>
/// <param name="Key">The value, or a name of this service's own in parentheses; null for <see cref="None"/>.</param>
/// <param name="Kind"><c>value</c>, <c>none</c>, <c>direct</c>, <c>erased</c>, <c>other</c> or <c>unattributed</c>.</param>
internal readonly record struct RowKey(string? Key, string Kind)
{
    public const string ErasedName = "(erased)";
    public const string OtherName = "(other)";

    private const string ValueKind = "value";

    /// <summary>All that has no value.</summary>
    public static RowKey None { get; } = new(null, "none");

    /// <summary>Touches that came by no channel.</summary>
    public static RowKey Direct { get; } = new("direct", "direct");

    /// <summary>All people who were erased: their numbers tell nobody anything, and they are not those links that nobody shared.</summary>
    public static RowKey Erased { get; } = new(ErasedName, "erased");

    /// <summary>All values that are not told apart.</summary>
    public static RowKey Other { get; } = new(OtherName, "other");

    /// <summary>What nothing led to.</summary>
    public static RowKey Unattributed { get; } = new("(unattributed)", "unattributed");

    public bool IsValue => Kind == ValueKind;

    /// <summary>A value, whatever it is called.</summary>
    public static RowKey Of(string value) => new(value, ValueKind);
}
