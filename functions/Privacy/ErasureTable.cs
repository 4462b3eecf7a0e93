using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.People;
using ShareLinks.Storage;

namespace ShareLinks.Privacy;

/// <summary>The persons whose erasure has begun and is to be looked through once more.</summary>
/// <remarks>Table <c>erasures</c>, PartitionKey <c>erasures</c>, RowKey = the person's number. Thread-safe.</remarks>
internal sealed class ErasureTable(StorageAccount account)
{
    private const string Partition = "erasures";

    private readonly Table table = account.Table("erasures");

    public Task AddAsync(PersonId person, CancellationToken cancellationToken) => table.PutAsync(new TableEntity(Partition, person.ToString()), cancellationToken);

    /// <summary>Those that are there, each with the time since it was put there, by the storage service's clock.</summary>
    public async Task<IReadOnlyList<(PersonId Person, TimeSpan Age)>> ListAsync(CancellationToken cancellationToken)
    {
        var erasures = new List<(PersonId, TimeSpan)>();
        await foreach (var page in table.QueryPagesAsync(Partition, select: ["RowKey", "Timestamp"], cancellationToken: cancellationToken))
        {
            foreach (var row in page.Values)
                erasures.Add((new PersonId(ulong.Parse(row.RowKey, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)), page.ServiceTime!.Value - row.Timestamp!.Value));
        }
        return erasures;
    }

    public Task RemoveAsync(PersonId person, CancellationToken cancellationToken) => table.DeleteAsync(Partition, person.ToString(), cancellationToken);
}
