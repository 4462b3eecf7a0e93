using System.Globalization;
using System.Security.Cryptography;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.People;

/// <summary>A random salt for each day, the same for all instances, without which that day's visitor hashes can't be made again.</summary>
/// <remarks>Table <c>salts</c>, PartitionKey <c>salts</c>, RowKey = day in the reporting time zone as <c>yyyyMMdd</c>: <c>Salt</c> (16 bytes). Thread-safe.</remarks>
public sealed class SaltTable(StorageAccount account, RandomNumberGenerator random)
{
    private const int LengthInBytes = 16;
    private const string Partition = "salts";

    private readonly Table table = account.Table("salts");

    /// <summary>The salt of a day, made by whoever asks first.</summary>
    public async Task<(byte[] Salt, bool IsNew)> GetOrAddAsync(DateOnly day)
    {
        while (true)
        {
            if (await table.GetAsync(Partition, Row(day)) is { } row)
                return (row.GetBinary("Salt"), false);
            var salt = new byte[LengthInBytes];
            random.GetBytes(salt);
            if (await table.InsertAsync(new TableEntity(Partition, Row(day)) { ["Salt"] = salt }))
                return (salt, true);
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
