using System.Globalization;

namespace ShareLinks.Codes;

/// <summary>Finds the codes in a text that somebody pasted, however chats have changed it: this service's addresses, and passphrase tokens.</summary>
/// <remarks>
/// Pure: what it finds has the form of a code and may never have been minted. An address may have lost its scheme, been encoded, or been split
/// by spaces and line breaks; delimiters around a token carry no meaning. Takes time linear in the text. Thread-safe.
/// </remarks>
/// <param name="codes">Reads short codes.</param>
/// <param name="tokens">Reads tokens.</param>
/// <param name="clickIds">Reads the visit that an address may carry.</param>
/// <param name="authorities">The hosts, with a port where they have one, that this service has or had: <c>s.example</c>.</param>
public sealed class CodeScanner(ShortCodes codes, PassphraseTokens tokens, ClickIdCodes clickIds, Lazy<IReadOnlyList<string>> authorities)
{
    /// <summary>Bytes that a pasted text has at most, in UTF-8.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Runs of symbols that are tried as damaged tokens at most: each has its small chance of a token found by luck.</summary>
    public const int MaxRuns = 8;

    /// <summary>Before the id of a visit in an address: <c>https://host/AbC3dE9kQ~{visit}</c>.</summary>
    public const char VisitSeparator = '~';

    private const int MaxAliasLength = 64;

    /// <summary>Spaces, line breaks or other marks between two groups of a token's symbols at most.</summary>
    private const int MaxGap = 4;

    /// <summary>What the text holds.</summary>
    /// <param name="text">Up to <see cref="MaxBytes"/>; only its length bounds the time.</param>
    public ScannedText Scan(string text)
    {
        var clean = PastedText.Clean(text);
        var found = new List<(int Place, ScannedCode Code)>();
        FindAddresses(clean, found);
        var groups = Groups(clean);
        FindTokens(clean, groups, found);
        // The order of a stable sort, so that of two readings of one place the address comes first.
        return new ScannedText([.. found.OrderBy(match => match.Place).Select(match => match.Code)], Runs(clean, groups));
    }

    private void FindAddresses(string text, List<(int, ScannedCode)> found)
    {
        // Without white space, since a chat may break an address anywhere; places[i] is where compact[i] stands in the text.
        var compact = new char[text.Length];
        var places = new int[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
                continue;
            // Chinese keyboards turn a full stop into theirs.
            compact[length] = text[i] == '。' ? '.' : text[i];
            places[length++] = i;
        }
        foreach (var authority in authorities.Value)
        {
            for (var from = 0; ;)
            {
                var at = compact.AsSpan(from, length - from).IndexOf(authority, StringComparison.OrdinalIgnoreCase);
                if (at < 0)
                    break;
                var start = from + at;
                from = start + authority.Length;
                if (from < length && compact[from] == '/' && !IsInsideWord(text, places[start]) && ReadPath(text, compact.AsSpan(0, length), places, from + 1) is { } code)
                    found.Add((places[start], code));
            }
        }
    }

    /// <summary>Reads what follows the host's slash: <c>{code}</c>, <c>Q/{token}</c> or <c>{alias}</c>; null when it is none of them.</summary>
    private ScannedCode? ReadPath(string text, ReadOnlySpan<char> compact, int[] places, int start)
    {
        if (start + 1 < compact.Length && compact[start] is 'Q' or 'q' && compact[start + 1] == '/')
            return ReadQrToken(compact[(start + 2)..]) is { } token ? new ScannedCode(ScannedForm.Qr, token, null, null) : null;
        // Where a word ends with the code first: what is glued to it may pass for a code by chance.
        foreach (var endsWord in (ReadOnlySpan<bool>)[true, false])
        {
            for (var length = ShortCodes.MaxLength; length >= ShortCodes.MinLength; length--)
            {
                var end = start + length;
                if (end > compact.Length || (endsWord && places[end - 1] + 1 is var next && next < text.Length && char.IsAsciiLetterOrDigit(text[next])))
                    continue;
                if (codes.TryDecode(compact[start..end], out var id))
                    return new ScannedCode(ScannedForm.Url, id, null, ReadVisit(compact[end..]));
            }
        }
        if (start >= compact.Length)
            return null;
        // An alias proves nothing about itself, so nothing that was split is joined.
        var first = places[start];
        var last = first;
        while (last < text.Length && last - first <= MaxAliasLength && (char.IsAsciiLetterOrDigit(text[last]) || text[last] is '_' or '-'))
            last++;
        return last == first ? null : new ScannedCode(ScannedForm.Alias, default, text[first..last], ReadVisit(text.AsSpan(last)));
    }

    private LinkId? ReadQrToken(ReadOnlySpan<char> path)
    {
        Span<char> symbols = stackalloc char[PassphraseTokens.Length];
        var count = 0;
        foreach (var c in path)
        {
            if (c == '-')
                continue;
            if (!char.IsAsciiLetterOrDigit(c))
                break;
            symbols[count++] = c;
            if (count == symbols.Length)
                return tokens.TryDecode(symbols, out var id) ? id : null;
        }
        return null;
    }

    private ClickId? ReadVisit(ReadOnlySpan<char> rest) =>
        rest.Length > ClickIdCodes.Length && rest[0] == VisitSeparator && clickIds.TryDecode(rest.Slice(1, ClickIdCodes.Length), out var visit) ? visit : null;

    /// <summary>Whether what starts here is the rest of a longer host or word.</summary>
    private static bool IsInsideWord(string text, int start) => start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '.' or '-' or '_');

    /// <summary>The maximal groups of letters and digits that may be a part of a token.</summary>
    private static List<Range> Groups(string text)
    {
        var groups = new List<Range>();
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]))
                continue;
            var start = i;
            while (i < text.Length && char.IsAsciiLetterOrDigit(text[i]))
                i++;
            groups.Add(start..i);
        }
        return groups;
    }

    /// <summary>Neighbouring groups of twelve symbols in all, whatever stands between them, whose MAC fits.</summary>
    private void FindTokens(string text, List<Range> groups, List<(int, ScannedCode)> found)
    {
        Span<char> symbols = stackalloc char[PassphraseTokens.Length];
        for (var first = 0; first < groups.Count; first++)
        {
            var count = 0;
            for (var last = first; last < groups.Count; last++)
            {
                var group = text.AsSpan(groups[last]);
                if (count + group.Length > symbols.Length || (last > first && !IsGap(Between(text, groups, last - 1))))
                    break;
                group.CopyTo(symbols[count..]);
                count += group.Length;
                if (count < symbols.Length)
                    continue;
                if (tokens.TryDecode(symbols, out var id))
                    found.Add((groups[first].Start.Value, new ScannedCode(ScannedForm.Token, id, null, null)));
                break;
            }
        }
    }

    /// <summary>Runs that may be damaged tokens: of 11 to 13 symbols, standing alone, the first <see cref="MaxRuns"/> of the text.</summary>
    /// <remarks>Twice over: groups joined by dashes and dots, and those joined by spaces too. Digits alone are somebody's number.</remarks>
    private static List<string> Runs(string text, List<Range> groups)
    {
        var runs = new List<(int Start, string Symbols)>();
        AddRuns(IsDash);
        AddRuns(static gap => IsDash(gap) || IsSpace(gap));
        return [.. runs.Distinct().OrderBy(run => run.Start).Select(run => run.Symbols).Distinct().Take(MaxRuns)];

        void AddRuns(Func<ReadOnlySpan<char>, bool> joins)
        {
            for (var first = 0; first < groups.Count;)
            {
                var last = first;
                var count = Length(groups[first]);
                while (last + 1 < groups.Count && joins(Between(text, groups, last)))
                    count += Length(groups[++last]);
                if (count is >= PassphraseTokens.Length - 1 and <= PassphraseTokens.Length + 1)
                {
                    var symbols = string.Concat(groups[first..(last + 1)].Select(group => text[group]));
                    if (!symbols.All(char.IsAsciiDigit))
                        runs.Add((groups[first].Start.Value, symbols));
                }
                first = last + 1;
            }
        }
    }

    private static int Length(Range group) => group.End.Value - group.Start.Value;

    private static ReadOnlySpan<char> Between(string text, List<Range> groups, int before) => text.AsSpan(groups[before].End.Value..groups[before + 1].Start.Value);

    /// <summary>Whether what stands between two groups may have come into a token: anything but letters, and little of it.</summary>
    private static bool IsGap(ReadOnlySpan<char> gap)
    {
        if (gap.Length > MaxGap)
            return false;
        foreach (var c in gap)
        {
            if (char.IsLetterOrDigit(c))
                return false;
        }
        return true;
    }

    private static bool IsDash(ReadOnlySpan<char> gap) => gap.Length == 1
        && (gap[0] is '.' or '·' or '~' or '−' or '*' || char.GetUnicodeCategory(gap[0]) is UnicodeCategory.DashPunctuation or UnicodeCategory.ConnectorPunctuation);

    private static bool IsSpace(ReadOnlySpan<char> gap)
    {
        if (gap.Length > MaxGap)
            return false;
        foreach (var c in gap)
        {
            if (!char.IsWhiteSpace(c) && !IsDash([c]))
                return false;
        }
        return true;
    }
}

/// <summary>What a text holds.</summary>
/// <param name="Codes">In order of appearance.</param>
/// <param name="Runs">Letters and digits that may be damaged tokens, for <see cref="PassphraseTokens.Repair"/>.</param>
public sealed record ScannedText(IReadOnlyList<ScannedCode> Codes, IReadOnlyList<string> Runs);

/// <summary>A code in a text.</summary>
/// <param name="Form">What it looked like.</param>
/// <param name="Link">The link it names; nothing for an alias.</param>
/// <param name="Alias">What may be an alias of this deployment's.</param>
/// <param name="Visit">The visit that an address carried.</param>
public readonly record struct ScannedCode(ScannedForm Form, LinkId Link, string? Alias, ClickId? Visit);

public enum ScannedForm
{
    /// <summary><c>https://host/AbC3dE9kQ</c>.</summary>
    Url,

    /// <summary><c>7K2M-9QXA-3FVD</c>.</summary>
    Token,

    /// <summary><c>https://host/Q/7K2M9QXA3FVD</c>.</summary>
    Qr,

    /// <summary><c>https://host/summer-sale</c>.</summary>
    Alias,
}
