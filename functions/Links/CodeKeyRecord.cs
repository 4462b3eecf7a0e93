using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.Links;

/// <summary>Makes sure that these tables were written under this deployment's code key, and are no half-restored backup.</summary>
/// <remarks>Table <c>settings</c>, row <c>settings/codeKey</c>: <c>Fingerprint</c>, put there at the first start. Thread-safe.</remarks>
public sealed class CodeKeyRecord(StorageAccount account, CodeKey key)
{
    private readonly Table table = account.Table("settings");
    private readonly RestoreMarker restore = new(account);
    private volatile bool matches;

    /// <summary>Reads storage twice; afterwards it is free.</summary>
    /// <exception cref="CodeKeyMismatchException">The tables belong to another key, whose codes this one would decode to other people's links.</exception>
    /// <exception cref="UnfinishedRestoreException">The tables hold a part of a backup.</exception>
    public async ValueTask EnsureMatchesAsync(CancellationToken cancellationToken = default)
    {
        if (matches)
            return;
        var row = await table.GetAsync("settings", "codeKey", cancellationToken);
        if (row is null)
        {
            var first = new TableEntity("settings", "codeKey") { ["Fingerprint"] = key.Fingerprint };
            row = await table.InsertAsync(first, cancellationToken) ? first : await table.GetAsync("settings", "codeKey", cancellationToken);
        }
        if (row?.GetString("Fingerprint") != key.Fingerprint)
            throw new CodeKeyMismatchException();
        // Last: a restore that begins now puts its marker first and then finds the row above.
        await restore.EnsureNoneAsync(cancellationToken);
        matches = true;
    }
}

/// <summary>The configured code key is not the one that the links in storage were minted with.</summary>
public sealed class CodeKeyMismatchException()
    : Exception("ShareLinks:Codes:Key is not the key that the links in this storage account were minted with: configure that key, or another account or table prefix.");
