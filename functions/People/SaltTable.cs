using System.Globalization;
using System.Security.Cryptography;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.People;

/// <summary>A random salt for each day, the same for all instances, without which that day's visitor hashes can't be made again.</summary>
/// <remarks>
/// Table <c>salts</c>, PartitionKey <c>salts</c>, RowKey = day in the reporting time zone as <c>yyyyMMdd</c>: <c>Salt</c> (16 bytes),
/// <c>Key</c> (the fingerprint of the key that the day is counted by). Thread-safe.
/// </remarks>
public sealed class SaltTable(StorageAccount account, RandomNumberGenerator random)
{
    private const int LengthInBytes = 16;
    private const string Partition = "salts";

    private readonly Table table = account.Table("salts");

    /// <summary>The salt of a day, made by the first caller.</summary>
    /// <param name="day">The day.</param>
    /// <param name="key">The fingerprint of the key that a day which begins now is counted by.</param>
    public async Task<DaySalt> GetOrAddAsync(DateOnly day, string key)
    {
        while (true)
        {
            if (await table.GetAsync(Partition, Row(day)) is { } row)
                return new DaySalt(row.GetBinary("Salt"), row.GetString("Key"), IsNew: false);
            var salt = new byte[LengthInBytes];
            random.GetBytes(salt);
            if (await table.InsertAsync(new TableEntity(Partition, Row(day)) { ["Salt"] = salt, ["Key"] = key }))
                return new DaySalt(salt, key, IsNew: true);
        }
    }

    /// <summary>Deletes the salts of all days before the given one.</summary>
    public async Task DeleteBeforeAsync(DateOnly day)
    {
        await foreach (var row in table.QueryAsync(Partition, to: Row(day), select: ["RowKey"]))
            await table.DeleteAsync(Partition, row.RowKey);
    }

    private static string Row(DateOnly day) => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}

/// <param name="Salt">The day's salt.</param>
/// <param name="Key">The fingerprint of the key that the day is counted by; null in rows of the first versions.</param>
/// <param name="IsNew">Whether the caller made it.</param>
public readonly record struct DaySalt(byte[] Salt, string? Key, bool IsNew);
