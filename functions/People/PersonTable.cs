using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using ShareLinks.Codes;
using ShareLinks.Storage;

namespace ShareLinks.People;

/// <summary>Who a person's number stands for, and the links that the person shared.</summary>
/// <remarks>
/// Table <c>people</c>; PartitionKey = hash of the user id, <c>00</c> to <c>ff</c>, which is also the top byte of the number.
/// <code>
/// RowKey                    columns            holds
/// n|{number}                UserId             number → user
/// s|{number}|{newest link}                     a link that the person shared
/// u|{user}                  Number (Int64)     user → number
/// </code>
/// An index row is written before its link, so a reader skips one whose link is missing. Thread-safe.
/// </remarks>
public sealed class PersonTable
{
    /// <summary>Links that one transaction lists, beside the person's two rows.</summary>
    public const int MaxLinksAtOnce = Table.MaxActions - 2;

    private const int CachedPeople = 50_000;

    private readonly Table table;
    private readonly RandomNumberGenerator random;
    private readonly FreshCache<string, Person> byUser;
    private readonly FreshCache<PersonId, Person> byNumber;

    public PersonTable(StorageAccount account, RandomNumberGenerator random, TimeProvider time)
    {
        table = account.Table("people");
        this.random = random;
        byUser = new(CachedPeople, ReadAsync, time, metrics: account.CacheMetrics("users"));
        byNumber = new(CachedPeople, ReadAsync, time, metrics: account.CacheMetrics("persons"));
    }

    /// <summary>The person's number; null when the person has none.</summary>
    public async Task<PersonId?> FindAsync(string userId) => (await byUser.GetAsync(userId))?.Id;

    /// <summary>The person's number as storage has it now.</summary>
    public Task<PersonId?> FindFreshAsync(string userId)
    {
        byUser.Remove(userId);
        return FindAsync(userId);
    }

    /// <summary>The user id behind a number; null when it means nobody (any more).</summary>
    public async Task<string?> NameAsync(PersonId id) => (await byNumber.GetAsync(id))?.UserId;

    /// <summary>The person's number, made at the first call.</summary>
    public async Task<PersonId> GetOrAddAsync(string userId, CancellationToken cancellationToken = default) =>
        await FindAsync(userId) ?? await AddLinksAsync(userId, [], cancellationToken);

    /// <summary>Lists links, up to <see cref="MaxLinksAtOnce"/>, under the person who shared them, who gets a number at the first.</summary>
    public async Task<PersonId> AddLinksAsync(string userId, IReadOnlyList<LinkId> links, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(links.Count, MaxLinksAtOnce);
        while (true)
        {
            var known = await byUser.GetAsync(userId);
            var person = known ?? new Person(NewNumber(userId), userId);
            List<TableTransactionAction> actions = [.. links.Select(link =>
                new TableTransactionAction(TableTransactionActionType.UpsertReplace, new TableEntity(Partition(person.Id), LinkRow(person.Id, link))))];
            if (known is null)
            {
                actions.Add(new(TableTransactionActionType.Add, new TableEntity(Partition(person.Id), UserRow(userId)) { ["Number"] = (long)person.Id.Value }));
                actions.Add(new(TableTransactionActionType.Add, new TableEntity(Partition(person.Id), NumberRow(person.Id)) { ["UserId"] = userId }));
            }
            if (actions.Count == 0 || await table.SubmitAsync(actions, cancellationToken))
            {
                byUser.Set(userId, person);
                byNumber.Set(person.Id, person);
                return person.Id;
            }
            byUser.Remove(userId);
        }
    }

    /// <summary>The links that a person shared, the newest first, from the one after <paramref name="after"/>.</summary>
    public async IAsyncEnumerable<LinkId> LinksAsync(PersonId person, LinkId? after, int pageSize)
    {
        var prefix = $"s|{person}|";
        var from = after is { } last ? prefix + NewestFirst.Key(last) + "!" : prefix;
        await foreach (var row in table.QueryAsync(Partition(person), from, prefix + "~", ["RowKey"], pageSize))
            yield return NewestFirst.Link(row.RowKey.AsSpan(prefix.Length));
    }

    /// <summary>Forgets who a number stands for; the user id gets another number should it come again. False when the number means nobody.</summary>
    /// <remarks>Other instances may remember for as long as they keep rows (30 s).</remarks>
    public async Task<bool> ForgetAsync(PersonId person, CancellationToken cancellationToken = default)
    {
        while (await table.GetAsync(Partition(person), NumberRow(person), cancellationToken) is { } row)
        {
            var userId = row.GetString("UserId");
            var isForgotten = await table.SubmitAsync(
                [
                    new(TableTransactionActionType.Delete, new TableEntity(Partition(person), UserRow(userId)), ETag.All),
                    new(TableTransactionActionType.Delete, row, ETag.All),
                ], cancellationToken);
            byUser.Remove(userId);
            byNumber.Remove(person);
            if (isForgotten)
                return true;
        }
        byNumber.Remove(person);
        return false;
    }

    /// <summary>Deletes the list of links that a person shared.</summary>
    public Task DeleteLinksAsync(PersonId person, CancellationToken cancellationToken = default) =>
        table.DeleteRangeAsync(Partition(person), $"s|{person}|", $"s|{person}|~", cancellationToken);

    private static string Partition(PersonId person) => (person.Value >> 56).ToString("x2", CultureInfo.InvariantCulture);

    private static string UserRow(string userId) => "u|" + TableKey.Escape(userId);

    private static string NumberRow(PersonId person) => $"n|{person}";

    private static string LinkRow(PersonId person, LinkId link) => $"s|{person}|{NewestFirst.Key(link)}";

    private PersonId NewNumber(string userId)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        bytes[0] = Convert.FromHexString(TableKey.Bucket(userId))[0];
        return new PersonId(BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    private async Task<Person?> ReadAsync(string userId) =>
        await table.GetAsync(TableKey.Bucket(userId), UserRow(userId)) is { } row ? new Person(new PersonId((ulong)row.GetInt64("Number")!.Value), userId) : null;

    private async Task<Person?> ReadAsync(PersonId person) =>
        await table.GetAsync(Partition(person), NumberRow(person)) is { } row ? new Person(person, row.GetString("UserId")) : null;

    private sealed record Person(PersonId Id, string UserId);
}
