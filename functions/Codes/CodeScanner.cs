using System.Buffers;
using System.Globalization;
using System.Text;

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

    /// <summary>
    /// Reads the last part of an opened address to which a chat glued what stood behind it: marks, quotes, Chinese, what cannot be seen. ASCII letters and digits
    /// behind a code make another name.
    /// </summary>
    /// <param name="text">As it stands in the address, without its encoding.</param>
    /// <returns>What it begins with; null when that is neither a code nor may be an alias.</returns>
    public ScannedCode? ReadGlued(string text)
    {
        // Cleaned as a text is; then as it stands, where an invisible character ends the code.
        var inClean = ReadGluedTo(PastedText.Clean(text));
        return inClean is { Link: not null } || ReadGluedTo(text) is not { Link: not null } asItStands ? inClean : asItStands;
    }

    /// <summary>As <see cref="ReadGlued"/>, the token of a QR picture's address; null when the text begins with none.</summary>
    public LinkId? ReadGluedToken(string text) => ReadGluedTokenTo(PastedText.Clean(text)) ?? ReadGluedTokenTo(text);

    /// <summary>The visit that an address carries behind its code.</summary>
    /// <param name="rest">What follows the code, from <see cref="VisitSeparator"/> on; what stands behind the visit's id means nothing.</param>
    public ClickId? ReadVisit(ReadOnlySpan<char> rest) =>
        rest.Length > ClickIdCodes.Length && rest[0] == VisitSeparator && clickIds.TryDecode(rest.Slice(1, ClickIdCodes.Length), out var visit) ? visit : null;

    private ScannedCode? ReadGluedTo(string text)
    {
        var (compact, places) = Compact(text);
        if (ReadPath(text, compact, places, 0, mayCutWords: false) is not { } code)
            return null;
        return code.Alias is not { } alias || MayBeGlued(text.AsSpan(places[0] + alias.Length)) ? code
            : code.Link is null ? null
            : code with { Alias = null };
    }

    private LinkId? ReadGluedTokenTo(string text)
    {
        for (var (i, count) = (0, 0); i < text.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]) || ++count < PassphraseTokens.Length)
                continue;
            var endsWord = i + 1 == text.Length || !char.IsAsciiLetterOrDigit(text[i + 1]);
            return endsWord && tokens.TryDecode(text.AsSpan(0, i + 1), out var id) ? id : null;
        }
        return null;
    }

    /// <summary>Whether a chat may have glued this to an alias. Programs that try addresses ask for <c>name.php</c>: an ASCII mark and more ASCII behind it.</summary>
    private static bool MayBeGlued(ReadOnlySpan<char> rest)
    {
        foreach (var c in rest)
        {
            if (!char.IsAscii(c))
                return true;
            if (char.IsAsciiLetterOrDigit(c) || char.IsControl(c))
                return false;
        }
        return true;
    }

    /// <summary>A text without white space, since a chat may break an address anywhere; <c>Places[i]</c> is where <c>Compact[i]</c> stands in the text.</summary>
    private static (char[] Compact, int[] Places) Compact(string text)
    {
        var compact = new char[text.Length];
        var places = new int[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
                continue;
            compact[length] = text[i] switch
            {
                // Chinese keyboards turn a full stop and a slash into theirs.
                '。' => '.',
                '、' or '\u2044' or '\u2215' or '\\' => '/',
                var c => c,
            };
            places[length++] = i;
        }
        return (compact[..length], places[..length]);
    }

    private void FindAddresses(string text, List<(int, ScannedCode)> found)
    {
        var (compact, places) = Compact(text);
        ReadOnlySpan<char> address = compact;
        foreach (var authority in authorities.Value)
        {
            for (var from = 0; ;)
            {
                var at = address[from..].IndexOf(authority, StringComparison.OrdinalIgnoreCase);
                if (at < 0)
                    break;
                var start = from + at;
                from = start + authority.Length;
                if (PathStart(address, from) is { } path && !IsInsideWord(text, places[start]) && ReadPath(text, address, places, path, mayCutWords: true) is { } code)
                    found.Add((places[start], code));
            }
        }
    }

    /// <summary>Where the path begins behind a host, which may have its final dot and its scheme's port; null when there is none.</summary>
    private static int? PathStart(ReadOnlySpan<char> address, int end)
    {
        if (end < address.Length && address[end] == '.')
            end++;
        foreach (var port in (ReadOnlySpan<string>)[":443", ":80"])
        {
            if (address[end..].StartsWith(port))
                end += port.Length;
        }
        var start = end;
        while (start < address.Length && address[start] == '/')
            start++;
        return start > end ? start : null;
    }

    /// <summary>Reads what follows the host's slash: <c>{code}</c>, <c>Q/{token}</c> or <c>{alias}</c>; null when it is none of them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="compact">The text without white space.</param>
    /// <param name="places">Where that stands in the text.</param>
    /// <param name="start">Where it begins in <paramref name="compact"/>.</param>
    /// <param name="mayCutWords">Whether a code may be what a longer word begins with.</param>
    private ScannedCode? ReadPath(string text, ReadOnlySpan<char> compact, int[] places, int start, bool mayCutWords)
    {
        if (start + 1 < compact.Length && compact[start] is 'Q' or 'q' && compact[start + 1] == '/')
            return ReadQrToken(compact[(start + 2)..]) is { } token ? new ScannedCode(ScannedForm.Qr, token, null, null) : null;
        if (start >= compact.Length)
            return null;
        // What stands here unsplit may be an alias, which proves nothing about itself: so nothing that was split is joined to it.
        var first = places[start];
        var last = first;
        while (last < text.Length && last - first <= MaxAliasLength && (char.IsAsciiLetterOrDigit(text[last]) || text[last] is '_' or '-'))
            last++;
        var word = text[first..last];
        var visit = ReadVisit(text.AsSpan(last));
        // Where a word ends with the code first: what is glued to it may pass for a code by chance.
        foreach (var endsWord in mayCutWords ? (ReadOnlySpan<bool>)[true, false] : [true])
        {
            for (var length = ShortCodes.MaxLength; length >= ShortCodes.MinLength; length--)
            {
                var end = start + length;
                if (end > compact.Length || (endsWord && places[end - 1] + 1 is var next && next < text.Length && char.IsAsciiLetterOrDigit(text[next])))
                    continue;
                if (codes.TryDecode(compact[start..end], out var id))
                    return new ScannedCode(ScannedForm.Url, id, compact[start..end].SequenceEqual(word) ? null : word, visit ?? ReadVisit(compact[end..]));
            }
        }
        return word.Length == 0 ? null : new ScannedCode(ScannedForm.Alias, null, word, visit);
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

    /// <summary>Whether what starts here is the rest of a longer host or word. Marks before a host that follow no word are a chat's, as in <c>_host/alias_</c>.</summary>
    private static bool IsInsideWord(string text, int start)
    {
        var before = text.AsSpan(0, start).TrimEnd("_-");
        return before.Length > 0 && (char.IsAsciiLetterOrDigit(before[^1]) || before[^1] == '.');
    }

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
        var starts = new List<int>();
        var candidates = new List<string>();
        for (var first = 0; first < groups.Count; first++)
        {
            var count = 0;
            for (var last = first; last < groups.Count; last++)
            {
                count += Length(groups[last]);
                if (count > PassphraseTokens.Length || (last > first && !IsGap(Between(text, groups, last - 1))))
                    break;
                if (count < PassphraseTokens.Length)
                    continue;
                starts.Add(groups[first].Start.Value);
                candidates.Add(Join(text, groups, first, last));
                break;
            }
        }
        foreach (var (place, id) in tokens.DecodeAll(candidates))
            found.Add((starts[place], new ScannedCode(ScannedForm.Token, id, null, null)));
    }

    /// <summary>Runs that may be damaged tokens: of 11 to 13 symbols, standing alone, at most <see cref="MaxRuns"/> of a text, the likeliest first.</summary>
    private static List<string> Runs(string text, List<Range> groups)
    {
        var runs = new List<string>();
        AddMaximal(IsDash);
        AddMaximal(static gap => IsDash(gap) || IsSpace(gap));
        AddMaximal(IsMark);
        // A token that lost its marks amid other words: three groups of about four. A token has a digit in 99 of 100 cases, words have none.
        for (var first = 0; first + 2 < groups.Count; first++)
        {
            if (groups.Skip(first).Take(3).All(group => Length(group) is >= 3 and <= 5) && IsGap(Between(text, groups, first)) && IsGap(Between(text, groups, first + 1)))
                Add(first, first + 2, needsLetterAndDigit: true);
        }
        return [.. runs.Distinct().Take(MaxRuns)];

        void AddMaximal(Func<ReadOnlySpan<char>, bool> joins)
        {
            for (var first = 0; first < groups.Count;)
            {
                var last = first;
                while (last + 1 < groups.Count && joins(Between(text, groups, last)))
                    last++;
                Add(first, last, needsLetterAndDigit: false);
                first = last + 1;
            }
        }

        // Digits alone are somebody's number.
        void Add(int first, int last, bool needsLetterAndDigit)
        {
            var count = 0;
            for (var i = first; i <= last && count <= PassphraseTokens.Length + 1; i++)
                count += Length(groups[i]);
            if (count is < PassphraseTokens.Length - 1 or > PassphraseTokens.Length + 1)
                return;
            var symbols = Join(text, groups, first, last);
            if (!symbols.All(char.IsAsciiDigit) && (!needsLetterAndDigit || symbols.Any(char.IsAsciiDigit)))
                runs.Add(symbols);
        }
    }

    private static string Join(string text, List<Range> groups, int first, int last)
    {
        var symbols = new StringBuilder(PassphraseTokens.Length + 1);
        for (var i = first; i <= last; i++)
            symbols.Append(text.AsSpan(groups[i]));
        return symbols.ToString();
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
            if (char.IsLetterOrDigit(c) && !IsDashLetter(c))
                return false;
        }
        return true;
    }

    private static bool IsDash(ReadOnlySpan<char> gap) => gap.Length == 1 && (IsDashLetter(gap[0]) || gap[0] is '.' or '·' or '~' or '\u2212' or '\u2043'
        || char.GetUnicodeCategory(gap[0]) is UnicodeCategory.DashPunctuation or UnicodeCategory.ConnectorPunctuation);

    /// <summary>Letters that Chinese and Japanese keyboards put for a dash.</summary>
    private static bool IsDashLetter(char c) => c is 'ー' or '一';

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

    /// <summary>Whether one character alone stands between two groups, as a separator or in the place of a symbol, and not one that delimits.</summary>
    private static bool IsMark(ReadOnlySpan<char> gap) => Rune.DecodeFromUtf16(gap, out var rune, out var length) == OperationStatus.Done && length == gap.Length
        && !Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.CurrencySymbol);
}

/// <summary>What a text holds.</summary>
/// <param name="Codes">In order of appearance.</param>
/// <param name="Runs">Letters and digits that may be damaged tokens, for <see cref="PassphraseTokens.Repair"/>.</param>
public sealed record ScannedText(IReadOnlyList<ScannedCode> Codes, IReadOnlyList<string> Runs);

/// <summary>A code in a text.</summary>
/// <param name="Form">What it looked like.</param>
/// <param name="Link">The link it names; null for an alias.</param>
/// <param name="Alias">What may be an alias of this deployment's, and is one rather than a code if there is such an alias.</param>
/// <param name="Visit">The visit that an address carried.</param>
public readonly record struct ScannedCode(ScannedForm Form, LinkId? Link, string? Alias, ClickId? Visit);

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
