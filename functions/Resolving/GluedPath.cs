namespace ShareLinks.Resolving;

/// <summary>Cuts off what a chat glued to a link's address when it has slashes of its own: <c>/AbC3dE9kQ，https://other.example/</c> is read as <c>/AbC3dE9kQ，https:</c>.</summary>
/// <remarks>No other address of this service has a part that begins like a name and continues with a character that no name has, so this stands ahead of routing.</remarks>
public static class GluedPath
{
    private const string TokenPrefix = "/Q/";

    public static void Cut(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        var start = path.StartsWith(TokenPrefix, StringComparison.OrdinalIgnoreCase) ? TokenPrefix.Length : 1;
        var end = path.Length > start ? path.IndexOf('/', start) : -1;
        if (end > start && IsGlued(path.AsSpan(start, end - start)))
            // The conversion of a string would decode it once more.
            request.Path = new PathString(path[..end]);
    }

    private static bool IsGlued(ReadOnlySpan<char> part)
    {
        if (!char.IsAsciiLetterOrDigit(part[0]))
            return false;
        foreach (var c in part)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '~'))
                return true;
        }
        return false;
    }
}
