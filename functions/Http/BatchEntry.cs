namespace ShareLinks.Http;

/// <summary>An entry of a batch: its value, or what is wrong with its form.</summary>
/// <param name="Value">Null when it could not be read.</param>
/// <param name="Error">The wrong field, by a pointer from the entry on.</param>
public readonly record struct BatchEntry<T>(T? Value, FieldError? Error)
    where T : class
{
    public static implicit operator BatchEntry<T>(T value) => new(value, null);

    /// <summary>What is wrong with the entry: its form, else what its rules find; null when nothing is.</summary>
    /// <param name="pointer">Where the entry stands, as the problem is to name it.</param>
    /// <param name="validate">The rules for an entry that could be read.</param>
    public Problem? Check(string pointer, Func<T, IReadOnlyList<FieldError>> validate)
    {
        if (Error is { } error)
            return JsonBody.Malformed(error with { Pointer = pointer + error.Pointer });
        return validate(Value!) is { Count: > 0 } errors ? Problem.Invalid(errors) : null;
    }
}
