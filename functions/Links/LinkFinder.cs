using ShareLinks.Codes;

namespace ShareLinks.Links;

/// <summary>Finds the link that a code, a token or an alias names, and those that a pasted text names.</summary>
public sealed class LinkFinder(ShortCodes codes, PassphraseTokens tokens, CodeScanner scanner, AliasTable aliases, LinkTable links)
{
    /// <summary>Codes of one pasted text that are looked up at most.</summary>
    private const int MaxCodes = 10;

    /// <summary>What the token of a QR picture names: exactly, without a read.</summary>
    public FoundCode FindToken(string token) => tokens.TryDecode(token, out var id) ? new FoundCode(CodeForm.Token, id) : default;

    /// <summary>What a text names. A text with the form of neither costs no read; a code's id may never have been minted.</summary>
    public async ValueTask<FoundCode> FindIdAsync(string text)
    {
        if (codes.TryDecode(text, out var id))
            return new FoundCode(CodeForm.Code, id);
        return AliasTable.IsWellFormed(text) && await aliases.FindAsync(text) is { } link ? new FoundCode(CodeForm.Alias, link) : default;
    }

    /// <summary>Whether a code or an alias names a link that is in the caches, asked without a read.</summary>
    public bool IsAtHand(string text) => codes.TryDecode(text, out var id) ? links.IsAtHand(id) : aliases.IsAtHand(text);

    /// <summary>The link that a code, an alias or a token names, asked past the caches when they know of none.</summary>
    public async ValueTask<Link?> FindFreshAsync(string text)
    {
        if (await FindAsync(text) is { } link)
            return link;
        if (codes.TryDecode(text, out var id) || tokens.TryDecode(text, out id))
            return await links.GetFreshAsync(id);
        return AliasTable.IsWellFormed(text) && await aliases.FindFreshAsync(text) is { } named ? await links.GetFreshAsync(named) : null;
    }

    /// <summary>The link that a code, an alias or a token names, as it was at most 30 s ago; null when there is none.</summary>
    public async ValueTask<Link?> FindAsync(string text)
    {
        var found = await FindIdAsync(text);
        if (found.Form == CodeForm.None)
            found = FindToken(text);
        return found.Form == CodeForm.None ? null : await links.GetAsync(found.Id);
    }

    /// <summary>The links that a pasted text names, in order of appearance, each once. Damaged tokens are repaired only where nothing is whole.</summary>
    /// <param name="text">Up to <see cref="CodeScanner.MaxBytes"/>.</param>
    public async Task<IReadOnlyList<FoundLink>> FindInTextAsync(string text)
    {
        var scanned = scanner.Scan(text);
        var found = new List<FoundLink>();
        foreach (var code in scanned.Codes.Distinct().Take(MaxCodes))
        {
            var named = code.Alias is { } alias && AliasTable.IsWellFormed(alias) ? await aliases.FindAsync(alias) : null;
            if ((named ?? code.Link) is not { } id)
                continue;
            var same = found.FindIndex(match => match.Id == id);
            if (same < 0)
                found.Add(new FoundLink(named is null ? code.Form : ScannedForm.Alias, id, await links.GetAsync(id), false, code.Visit));
            else
                found[same] = found[same] with { Visit = found[same].Visit ?? code.Visit };
        }
        if (!found.Exists(match => match.Link is not null))
        {
            foreach (var run in scanned.Runs)
            {
                if (await RepairAsync(run) is { } link && !found.Exists(match => match.Id == link.Id))
                    found.Add(new FoundLink(ScannedForm.Token, link.Id, link, true, null));
            }
        }
        return found;
    }

    /// <summary>The one link whose token a damaged one can have been; null when there is none, or more than one.</summary>
    private async Task<Link?> RepairAsync(string run)
    {
        Link? repaired = null;
        foreach (var id in tokens.Repair(run))
        {
            if (await links.GetAsync(id) is not { } link)
                continue;
            if (repaired is not null)
                return null;
            repaired = link;
        }
        return repaired;
    }
}

/// <summary>What a text turned out to be.</summary>
public readonly record struct FoundCode(CodeForm Form, LinkId Id);

public enum CodeForm
{
    None,
    Code,
    Token,
    Alias,
}

/// <summary>A link that a pasted text names.</summary>
/// <param name="Form">How the text named it.</param>
/// <param name="Id">Its id.</param>
/// <param name="Link">The link; null when it was never minted.</param>
/// <param name="IsRepaired">Whether a damage had to be undone.</param>
/// <param name="Visit">The visit that the text was copied from, as it claims.</param>
public sealed record FoundLink(ScannedForm Form, LinkId Id, Link? Link, bool IsRepaired, ClickId? Visit);
