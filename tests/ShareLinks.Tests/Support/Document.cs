using System.Text;
using System.Text.RegularExpressions;

namespace ShareLinks.Tests.Support;

/// <summary>A Markdown file of the repository, as far as tests compare it with the code.</summary>
internal sealed partial class Document
{
    private readonly string[] lines;

    /// <param name="name">The path below the repository's root, with slashes.</param>
    /// <param name="text">The Markdown.</param>
    public Document(string name, string text)
    {
        Name = name;
        var (prose, code) = (new List<string>(), new List<string>());
        var isCode = false;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                isCode = !isCode;
            else
                (isCode ? code : prose).Add(line);
        }
        lines = [.. prose];
        CodeLines = code;
        LineCount = text.TrimEnd('\n').Split('\n').Length;
        CodeSpans = [.. lines.SelectMany(line => CodeSpan().Matches(line)).Select(match => match.Groups[1].Value)];
        Links = [.. lines.SelectMany(line => Link().Matches(CodeSpan().Replace(line, ""))).Select(match => match.Groups[1].Value)];
        Anchors = ReadAnchors(lines);
    }

    /// <summary>Every Markdown file of the repository, without packages and what builds make.</summary>
    public static IReadOnlyList<Document> All { get; } =
        [.. Files(RepositoryFolder.Path).Select(file => new Document(Path.GetRelativePath(RepositoryFolder.Path, file).Replace('\\', '/'), File.ReadAllText(file)))];

    public string Name { get; }

    public int LineCount { get; }

    /// <summary>The lines inside fences.</summary>
    public IReadOnlyList<string> CodeLines { get; }

    /// <summary>What stands between backticks in prose and tables.</summary>
    public IReadOnlyList<string> CodeSpans { get; }

    /// <summary>The targets of links and pictures.</summary>
    public IReadOnlyList<string> Links { get; }

    /// <summary>The fragments that lead to a heading.</summary>
    public IReadOnlySet<string> Anchors { get; }

    public static Document Named(string name) => All.Single(document => document.Name == name);

    /// <summary>The cells of the rows of all tables below a heading of the second level; of the whole document when it is null.</summary>
    public IEnumerable<string[]> Rows(string? heading = null) => lines
        .SkipWhile(line => heading is not null && line != "## " + heading)
        .Skip(heading is null ? 0 : 1)
        .TakeWhile(line => heading is null || !line.StartsWith("## ", StringComparison.Ordinal))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(line => line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries));

    /// <summary>Whether a relative link leads to a file, and to a heading of it where it names one.</summary>
    public bool Resolves(string link)
    {
        var (path, fragment) = link.Split('#') switch { [var whole] => (whole, null), [var before, var after] => (before, after), _ => ("", "") };
        var target = path.Length == 0 ? Name : Target(path);
        if (fragment is null)
            return File.Exists(RepositoryFolder.Combine(target)) || Directory.Exists(RepositoryFolder.Combine(target));
        return All.FirstOrDefault(document => document.Name == target)?.Anchors.Contains(fragment) ?? false;
    }

    /// <summary>The path below the repository's root that a relative path leads to from here.</summary>
    public string Target(string path)
    {
        var full = Path.GetFullPath(path.Split('#')[0], RepositoryFolder.Combine(Path.GetDirectoryName(Name)!));
        return Path.GetRelativePath(RepositoryFolder.Path, full).Replace('\\', '/');
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*.md").Concat(
        Directory.EnumerateDirectories(folder).Where(sub => Path.GetFileName(sub) is not (['.', ..] or "node_modules" or "bin" or "obj")).SelectMany(Files));

    /// <summary>The anchors that GitHub gives to headings: lower case, without punctuation, hyphens for spaces, numbered where they repeat.</summary>
    private static HashSet<string> ReadAnchors(IEnumerable<string> lines)
    {
        var anchors = new HashSet<string>();
        foreach (var line in lines)
        {
            if (Heading().Match(line) is not { Success: true } heading)
                continue;
            var anchor = new StringBuilder();
            foreach (var symbol in Link().Replace(heading.Groups[1].Value, "]").ToLowerInvariant())
            {
                if (char.IsLetterOrDigit(symbol) || symbol is '-' or '_')
                    anchor.Append(symbol);
                else if (symbol == ' ')
                    anchor.Append('-');
            }
            for (var (name, repeat) = (anchor.ToString(), 1); !anchors.Add(anchor.ToString()); repeat++)
                anchor.Clear().Append(name).Append('-').Append(repeat);
        }
        return anchors;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (.+)$")]
    private static partial Regex Heading();
}
