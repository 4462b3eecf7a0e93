using ShareLinks.Codes;
using ShareLinks.Security;

namespace ShareLinks.Links;

/// <summary>Finds the link that a code, a token or an alias names, and those that a pasted text names.</summary>
/// <remarks>
/// Everything here asks for a <see cref="LookupPermit"/>, since callers that look links up can guess. What may name a link that is not cached is paid for
/// before storage is asked; a permit that is refused finds what is cached and nothing else.
/// </remarks>
public sealed class LinkFinder(ShortCodes codes, PassphraseTokens tokens, CodeScanner scanner, AliasTable aliases, LinkTable links)
{
    /// <summary>Codes of one pasted text that are looked up at most.</summary>
    private const int MaxCodes = 10;

    /// <summary>Whether a code or an alias names a link that is in the caches, asked without a read.</summary>
    public bool IsAtHand(string text) => codes.TryDecode(text, out var id) ? links.IsAtHand(id) : aliases.IsAtHand(text);

    /// <summary>Whether <see cref="OpenAsync"/>, or else <see cref="OpenGluedAsync"/>, finds a link that is in the caches, and needs no read for it.</summary>
    /// <param name="name">What may be a code or an alias as it stands: as an alias it is looked up first.</param>
    /// <param name="text">All of what was opened.</param>
    public bool IsAtHand(string name, string text) => IsAtHand(name) || (!AliasTable.IsWellFormed(name) && scanner.ReadGlued(text) is { } glued && IsAtHand(glued));

    /// <summary>What a code or an alias names. A text with the form of neither costs nothing; a code's link may never have been minted.</summary>
    public ValueTask<NamedLink> OpenAsync(string text, LookupPermit permit)
    {
        if (ReferenceEquals(permit, LookupPermit.Free) || IsAtHand(text))
            return ReadAsync(text);
        return AliasTable.IsWellFormed(text) ? PayAsync(permit, text, static (finder, text) => finder.ReadAsync(text)) : default;
    }

    /// <summary>What the token of a QR picture names, read exactly. One that is none costs no read and is paid for all the same, as it was guessed.</summary>
    public ValueTask<NamedLink> OpenTokenAsync(string token, LookupPermit permit) =>
        tokens.TryDecode(token, out var id) && links.IsAtHand(id) ? ReadAsync(CodeForm.Token, id)
            : PayAsync(permit, token, static (finder, token) => finder.ReadTokenAsync(token));

    /// <summary>What an opened address names that is neither a code nor an alias as it stands: what it begins with, where the rest may have been glued to it.</summary>
    /// <param name="text">All of it, with the visit that it may carry. An end that no chat glues to an address costs nothing.</param>
    /// <param name="permit">Pays for the look-up.</param>
    public async ValueTask<(NamedLink Named, ClickId? Visit)> OpenGluedAsync(string text, LookupPermit permit)
    {
        if (scanner.ReadGlued(text) is not { } glued)
            return default;
        var named = ReferenceEquals(permit, LookupPermit.Free) || IsAtHand(glued)
            ? await ReadGluedAsync(glued)
            : await PayAsync(permit, glued, static (finder, glued) => finder.ReadGluedAsync(glued));
        return (named, glued.Visit);
    }

    /// <summary>As <see cref="OpenTokenAsync"/>, also where a chat glued something behind the token.</summary>
    public ValueTask<NamedLink> OpenGluedTokenAsync(string token, LookupPermit permit) =>
        !tokens.TryDecode(token, out _) && scanner.ReadGluedToken(token) is { } id
            ? links.IsAtHand(id) ? ReadAsync(CodeForm.Token, id) : PayAsync(permit, id, static (finder, id) => finder.ReadAsync(CodeForm.Token, id))
            : OpenTokenAsync(token, permit);

    /// <summary>The link that a code, an alias or a token names, as it was at most 30 s ago; null when there is none.</summary>
    public async ValueTask<Link?> FindAsync(string text, LookupPermit permit)
    {
        var named = await OpenAsync(text, permit);
        if (named.Form == CodeForm.None)
            named = await OpenTokenAsync(text, permit);
        // A token has an alias's form, too, so it may have been paid for as one that is none.
        if (named.Link is not null)
            permit.GiveBack();
        return named.Link;
    }

    /// <summary>The link that a code, an alias or a token names, asked past the caches when they know of none.</summary>
    public async ValueTask<Link?> FindFreshAsync(string text, LookupPermit permit)
    {
        if (await FindAsync(text, permit) is { } link)
            return link;
        if (!await permit.PayAsync())
            return null;
        if (codes.TryDecode(text, out var id) || tokens.TryDecode(text, out id))
            return await links.GetFreshAsync(id);
        return AliasTable.IsWellFormed(text) && await aliases.FindFreshAsync(text) is { } named ? await links.GetFreshAsync(named) : null;
    }

    /// <summary>The links that a pasted text names, in order of appearance, each once. Damaged tokens are repaired only where nothing is whole.</summary>
    /// <param name="text">Up to <see cref="CodeScanner.MaxBytes"/>.</param>
    /// <param name="permit">Pays for the text; given back when it names links and nothing that is none.</param>
    public async Task<IReadOnlyList<FoundLink>> FindInTextAsync(string text, LookupPermit permit)
    {
        if (!await permit.PayAsync())
            return [];
        var isFailure = false;
        try
        {
            var (found, isGuess) = await ReadTextAsync(text);
            isFailure = isGuess;
            return found;
        }
        finally
        {
            End(permit, isFailure);
        }
    }

    private async Task<(IReadOnlyList<FoundLink> Found, bool IsGuess)> ReadTextAsync(string text)
    {
        var scanned = scanner.Scan(text);
        var found = new List<FoundLink>();
        // A link that is known beside codes that are guessed does not make these free.
        var isGuess = false;
        foreach (var code in scanned.Codes.Distinct().Take(MaxCodes))
        {
            var named = code.Alias is { } alias ? await FindAliasAsync(alias) : null;
            if ((named ?? code.Link) is not { } id)
            {
                isGuess = true;
                continue;
            }
            var same = found.FindIndex(match => match.Id == id);
            if (same < 0)
            {
                var link = await links.GetAsync(id);
                isGuess |= link is null;
                found.Add(new FoundLink(named is null ? code.Form : ScannedForm.Alias, id, link, false, code.Visit));
            }
            else
            {
                found[same] = found[same] with { Visit = found[same].Visit ?? code.Visit };
            }
        }
        if (!found.Exists(match => match.Link is not null))
        {
            foreach (var run in scanned.Runs)
            {
                if (await RepairAsync(run) is { } link && !found.Exists(match => match.Id == link.Id))
                    found.Add(new FoundLink(ScannedForm.Token, link.Id, link, true, null));
            }
        }
        return (found, isGuess || found.Count == 0);
    }

    /// <summary>Pays for a look-up and ends it: one that finds no link is a failure, one that throws found out nothing.</summary>
    private async ValueTask<NamedLink> PayAsync<T>(LookupPermit permit, T name, Func<LinkFinder, T, ValueTask<NamedLink>> read)
    {
        if (!await permit.PayAsync())
            return default;
        var isFailure = false;
        try
        {
            var named = await read(this, name);
            isFailure = named.Link is null;
            return named;
        }
        finally
        {
            End(permit, isFailure);
        }
    }

    private static void End(LookupPermit permit, bool isFailure)
    {
        if (isFailure)
            permit.Fail();
        else
            permit.GiveBack();
    }

    private ValueTask<NamedLink> ReadAsync(string text) =>
        codes.TryDecode(text, out var id) ? ReadAsync(CodeForm.Code, id) : AliasTable.IsWellFormed(text) ? ReadAliasAsync(text) : default;

    private ValueTask<NamedLink> ReadTokenAsync(string token) => tokens.TryDecode(token, out var id) ? ReadAsync(CodeForm.Token, id) : default;

    private async ValueTask<NamedLink> ReadAliasAsync(string alias) => await aliases.FindAsync(alias) is { } id ? await ReadAsync(CodeForm.Alias, id) : default;

    private async ValueTask<NamedLink> ReadAsync(CodeForm form, LinkId id) => new(form, id, await links.GetAsync(id));

    private async ValueTask<NamedLink> ReadGluedAsync(ScannedCode glued)
    {
        if (glued.Alias is { } alias && await FindAliasAsync(alias) is { } named)
            return await ReadAsync(CodeForm.Alias, named);
        return glued.Link is { } id ? await ReadAsync(CodeForm.Code, id) : default;
    }

    private bool IsAtHand(ScannedCode glued) => glued.Alias is { } alias ? aliases.IsAtHand(alias) : glued.Link is { } id && links.IsAtHand(id);

    /// <summary>The link that has a word of a text for its alias; else the one whose alias it is without the marks at its end, as in <c>_https://host/alias_</c>.</summary>
    private async ValueTask<LinkId?> FindAliasAsync(string word)
    {
        if (AliasTable.IsWellFormed(word) && await aliases.FindAsync(word) is { } link)
            return link;
        var bare = Bare(word);
        return bare.Length < word.Length && AliasTable.IsWellFormed(bare) && !codes.TryDecode(bare, out _) ? await aliases.FindAsync(bare) : null;
    }

    /// <summary>A word without the marks at its end that an alias may end with, but chats and mail programs put there as well.</summary>
    private static string Bare(string word) => word.TrimEnd('_', '-');

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

/// <summary>What an address names.</summary>
/// <param name="Form">What it turned out to be.</param>
/// <param name="Id">The link's id, where it has a form.</param>
/// <param name="Link">The link; null when there is none.</param>
public readonly record struct NamedLink(CodeForm Form, LinkId Id, Link? Link);

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
