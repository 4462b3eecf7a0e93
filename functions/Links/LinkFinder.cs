using ShareLinks.Codes;

namespace ShareLinks.Links;

/// <summary>Finds the link that a code, a token or an alias names.</summary>
public sealed class LinkFinder(ShortCodes codes, PassphraseTokens tokens, AliasTable aliases, LinkTable links)
{
    /// <summary>What the token of a QR picture names: exactly, without a read.</summary>
    public FoundCode FindToken(string token) => tokens.TryDecode(token, out var id) ? new FoundCode(CodeForm.Token, id) : default;

    /// <summary>What a text names. A text with the form of neither costs no read; a code's id may never have been minted.</summary>
    public async ValueTask<FoundCode> FindIdAsync(string text)
    {
        if (codes.TryDecode(text, out var id))
            return new FoundCode(CodeForm.Code, id);
        return AliasTable.IsWellFormed(text) && await aliases.FindAsync(text) is { } link ? new FoundCode(CodeForm.Alias, link) : default;
    }

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
