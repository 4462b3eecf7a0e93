using System.Buffers;
using System.Text.RegularExpressions;

namespace ShareLinks.Resolving;

/// <summary>A list of patterns of agents, as <c>crawlers.mjs</c> wrote it into the program. Thread-safe; its expressions are read at the first use.</summary>
/// <remarks>Few agents of people need more than a search for texts: an expression is tried only where one of its texts is, or where it is held to an agent's start.</remarks>
internal sealed class AgentPatterns
{
    private readonly SearchValues<string> texts;
    private readonly SearchValues<string> hints;
    private readonly Lazy<Regex[]> hinted;

    /// <summary>Expressions that are tried on every agent. Those that are held to its start are one, which is tried there alone.</summary>
    private readonly Lazy<Regex[]> others;

    /// <param name="resource">The list.</param>
    /// <param name="ignoresCase">Whether capitals mean nothing.</param>
    /// <param name="exceptions">Patterns that are passed over.</param>
    /// <param name="furtherTexts">Texts beside those of the list.</param>
    public AgentPatterns(string resource, bool ignoresCase, IReadOnlyDictionary<string, string> exceptions, params ReadOnlySpan<string> furtherTexts)
    {
        var (plain, inHinted) = (new List<string>([.. furtherTexts]), new List<string>());
        var (hintedExpressions, starts, otherExpressions) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var line in ReadLines(resource))
        {
            var fields = line.Split('\t');
            if (exceptions.ContainsKey(fields[0]))
                continue;
            if (fields.Length == 1)
            {
                plain.Add(fields[0]);
            }
            else if (fields[1] == "^")
            {
                starts.Add(fields[0][1..]);
            }
            else if (fields[1].Length == 0)
            {
                otherExpressions.Add(fields[0]);
            }
            else
            {
                hintedExpressions.Add(fields[0]);
                inHinted.AddRange(fields.AsSpan(1));
            }
        }
        if (starts.Count > 0)
            otherExpressions.Add($"^(?:{string.Join('|', starts)})");
        var comparison = ignoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var options = RegexOptions.CultureInvariant | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        texts = SearchValues.Create([.. plain], comparison);
        hints = SearchValues.Create([.. inHinted], comparison);
        hinted = Read(hintedExpressions, options);
        others = Read(otherExpressions, options);
    }

    /// <summary>Whether a pattern fits the agent.</summary>
    public bool Match(ReadOnlySpan<char> agent) => agent.ContainsAny(texts) || Match(others.Value, agent) || (agent.ContainsAny(hints) && Match(hinted.Value, agent));

    private static bool Match(Regex[] expressions, ReadOnlySpan<char> agent)
    {
        foreach (var expression in expressions)
        {
            if (expression.IsMatch(agent))
                return true;
        }
        return false;
    }

    private static Lazy<Regex[]> Read(List<string> expressions, RegexOptions options) => new(() => [.. expressions.Select(expression => new Regex(expression, options))]);

    private static string[] ReadLines(string resource)
    {
        using var reader = new StreamReader(typeof(AgentPatterns).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd().Split('\n');
    }
}
