using System.Text.RegularExpressions;
using ShareLinks.Storage;

namespace ShareLinks.Http;

/// <summary>The rules for callers' fields; each adds to <c>errors</c> what it finds wrong.</summary>
internal static partial class FieldRules
{
    public const int MaxIdLength = 128;

    /// <summary>What an id may take of a key, which the storage service limits to 512 characters.</summary>
    public const int MaxKeyLength = 480;

    public const int MaxTags = 8;
    public const int MaxTagValueLength = 64;
    public const int MaxCampaignLength = 64;
    public const int MaxPlacementLength = 128;

    /// <summary>An id of the marketplace's: it becomes part of keys and of addresses.</summary>
    public static void Id(List<FieldError> errors, string pointer, string? value)
    {
        Text(errors, pointer, value, MaxIdLength);
        if (value is "." or "..")
            errors.Add(new(pointer, "must not be a dot segment of an address"));
        // Neither can be told from a slash that separates, once it is in an address.
        else if (value is not null && (value.Contains('/', StringComparison.Ordinal) || value.Contains("%2F", StringComparison.OrdinalIgnoreCase)))
            errors.Add(new(pointer, "must not contain / or %2F"));
        else if (value is { Length: <= MaxIdLength } && TableKey.Escape(value).Length > MaxKeyLength)
            errors.Add(new(pointer, $"is too long: characters other than A-Z, a-z, 0-9, ., _ and - count for five, up to {MaxKeyLength} in all"));
    }

    public static void Text(List<FieldError> errors, string pointer, string? value, int maxLength)
    {
        if (value is null)
            return;
        if (value.Length == 0 || value.Length > maxLength)
            errors.Add(new(pointer, $"must have 1 to {maxLength} characters"));
        else if (!IsPlain(value))
            errors.Add(new(pointer, "must not contain control characters or unpaired surrogates"));
    }

    /// <summary>A plain name, such as a channel's or an app's.</summary>
    public static void Name(List<FieldError> errors, string pointer, string? value, string example)
    {
        if (value is not null && !NameForm().IsMatch(value))
            errors.Add(new(pointer, $"must be 1 to 32 of a-z, 0-9, _ and -, such as {example}"));
    }

    /// <summary>An app's name for a scan, long enough that no two phones count to the same.</summary>
    public static void ScanId(List<FieldError> errors, string pointer, string? value)
    {
        if (value is not null && !ScanIdForm().IsMatch(value))
            errors.Add(new(pointer, "must be 16 to 64 of A-Z, a-z, 0-9, ., _, : and -, a UUID at best"));
    }

    /// <summary>A place in the world as a path, from the widest: <c>hz-market/stall-7</c>.</summary>
    public static void Placement(List<FieldError> errors, string pointer, string? value)
    {
        Text(errors, pointer, value, MaxPlacementLength);
        if (value is { Length: > 0 } && value.Split('/').Any(part => part.Length == 0 || part == "*"))
            errors.Add(new(pointer, "must be a path of names, such as hz-market/stall-7"));
    }

    public static void Tags(List<FieldError> errors, string pointer, IReadOnlyDictionary<string, string?>? tags)
    {
        if (tags is null)
            return;
        if (tags.Count > MaxTags)
            errors.Add(new(pointer, $"must have at most {MaxTags} names"));
        foreach (var (name, value) in tags.Take(MaxTags))
        {
            var tag = $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (!IsTagName(name))
                errors.Add(new(tag, "must be named with a letter and up to 31 of a-z, 0-9 and _"));
            if (value is null)
                errors.Add(new(tag, "must be a string"));
            Text(errors, tag, value, MaxTagValueLength);
        }
    }

    public static bool IsTagName(string name) => TagNameForm().IsMatch(name);

    public static void Future(List<FieldError> errors, string pointer, DateTimeOffset? value, DateTimeOffset now)
    {
        if (value <= now)
            errors.Add(new(pointer, "must be in the future"));
    }

    private static bool IsPlain(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
                return false;
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                return false;
        }
        return true;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,31}\z")]
    private static partial Regex NameForm();

    [GeneratedRegex(@"\A[A-Za-z0-9._:-]{16,64}\z")]
    private static partial Regex ScanIdForm();

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,31}\z")]
    private static partial Regex TagNameForm();
}
