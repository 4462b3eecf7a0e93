using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ShareLinks.Links;

/// <summary>Files that others ask for to see whose host this is, such as WeChat for <c>/Q/abc.txt</c>.</summary>
public sealed partial class VerificationFiles
{
    public const int MaxBytes = 4096;

    /// <summary>First parts of addresses that this service or the Functions host answers itself.</summary>
    private static readonly string[] Taken = ["api", "docs", "openapi", "dashboard", "find", "visitor-consent", "admin", "runtime"];

    private static readonly string[] TakenPaths = [AssociationFiles.ApplePath, AssociationFiles.AndroidPath, AssociationFiles.HarmonyPath];

    /// <param name="files">Path → content.</param>
    /// <exception cref="ArgumentException">One of them is wrong; the message names it.</exception>
    public VerificationFiles(IEnumerable<KeyValuePair<string, string>> files) => All = [.. files.Select(file => Read(file.Key, file.Value))];

    public IReadOnlyList<VerificationFile> All { get; }

    private static VerificationFile Read(string path, string content)
    {
        if (!FilePath().IsMatch(path))
            throw new ArgumentException($"ShareLinks:VerificationFiles: {path} must be a path of one to four parts of A-Z, a-z, 0-9, ., _ and -, each after a slash, such as /Q/abc.txt.");
        if (Taken.Contains(path.Split('/')[1], StringComparer.OrdinalIgnoreCase) || TakenPaths.Contains(path, StringComparer.OrdinalIgnoreCase))
            throw new ArgumentException($"ShareLinks:VerificationFiles: {path} is an address of this service's own.");
        var bytes = Encoding.UTF8.GetBytes(content ?? "");
        if (bytes.Length is 0 or > MaxBytes)
            throw new ArgumentException($"ShareLinks:VerificationFiles: {path} must have 1 to {MaxBytes} bytes in UTF-8.");
        return new VerificationFile(path, bytes, IsJsonObject(bytes) ? "application/json" : "text/plain; charset=utf-8");
    }

    private static bool IsJsonObject(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // No part is "." or "..", which clients would resolve before they ask.
    [GeneratedRegex(@"\A(/(?!\.{1,2}(/|\z))[A-Za-z0-9._-]+){1,4}\z")]
    private static partial Regex FilePath();
}

/// <summary>One such file.</summary>
/// <param name="Path">From the slash.</param>
/// <param name="Content">In UTF-8.</param>
/// <param name="ContentType">Never a type that browsers run.</param>
public sealed record VerificationFile(string Path, ReadOnlyMemory<byte> Content, string ContentType);
