using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Clicks;
using ShareLinks.Storage;

namespace ShareLinks.Rollups;

/// <summary>How far the fold has come.</summary>
/// <remarks>
/// Table <c>fold</c>, PartitionKey <c>fold</c>.
/// <code>
/// RowKey                  columns                                                     holds
/// current                 Generation Zone Tags FirstDay Step Batch Block              the generation that questions are answered from
///                         PlannedBatch PlannedBlock Owner Attempts CompleteThrough
///                         HeldUntil DamagedBlocks MissingBlocks LatestEvent
///                         AwaitsClicksUntil
/// building                the same                                                    one that a rebuild makes
/// retired-{generation}                                                                one whose rows are to be deleted
/// </code>
/// Every change is made under the row's ETag. Thread-safe.
/// </remarks>
internal sealed class FoldTable(StorageAccount account)
{
    public const string Current = "current";
    public const string Building = "building";

    private const string Partition = "fold";
    private const string RetiredPrefix = "retired-";

    private readonly Table table = account.Table("fold");

    /// <summary>The state in a row; null when there is none.</summary>
    public async Task<FoldState?> ReadAsync(string row, CancellationToken cancellationToken)
    {
        var (present, serviceTime) = await table.GetTimedAsync(Partition, row, cancellationToken);
        return present is null ? null : ToState(present, serviceTime ?? throw new InvalidDataException("The storage service's answer has no Date header."));
    }

    /// <summary>Puts a first state there; false when there is one.</summary>
    public Task<bool> AddAsync(string row, FoldState state, CancellationToken cancellationToken) => table.InsertAsync(ToRow(row, state), cancellationToken);

    /// <summary>Changes a state; null when it has changed meanwhile.</summary>
    public async Task<FoldState?> ReplaceAsync(string row, FoldState state, CancellationToken cancellationToken)
    {
        var written = ToRow(row, state);
        return await table.ReplaceAsync(written, cancellationToken) ? state with { ETag = written.ETag } : null;
    }

    /// <summary>Puts a state there that is to be built, if the current one is still as it was read; false when not.</summary>
    public Task<bool> AddBuildingAsync(FoldState building, FoldState? current, CancellationToken cancellationToken)
    {
        List<TableTransactionAction> actions = [new(TableTransactionActionType.Add, ToRow(Building, building))];
        if (current is not null)
            actions.Add(new(TableTransactionActionType.UpdateReplace, ToRow(Current, current), current.ETag));
        return table.SubmitAsync(actions, cancellationToken);
    }

    /// <summary>Makes the built generation the current one, and the one before a retired one; false when either has changed meanwhile.</summary>
    public Task<bool> SwitchAsync(FoldState? current, FoldState built, CancellationToken cancellationToken)
    {
        List<TableTransactionAction> actions = [new(TableTransactionActionType.Delete, ToRow(Building, built), built.ETag)];
        if (current is null)
        {
            actions.Add(new(TableTransactionActionType.Add, ToRow(Current, built)));
        }
        else
        {
            actions.Add(new(TableTransactionActionType.UpdateReplace, ToRow(Current, built), current.ETag));
            actions.Add(Retirement(current.Generation));
        }
        return table.SubmitAsync(actions, cancellationToken);
    }

    /// <summary>Gives up a generation that was being built; false when it has changed meanwhile.</summary>
    public Task<bool> AbandonAsync(FoldState built, CancellationToken cancellationToken) =>
        table.SubmitAsync([new(TableTransactionActionType.Delete, ToRow(Building, built), built.ETag), Retirement(built.Generation)], cancellationToken);

    /// <summary>The generations whose rows are to be deleted, each with the time since which nobody asks for them.</summary>
    public async Task<IReadOnlyList<(int Generation, TimeSpan Age)>> RetiredAsync(CancellationToken cancellationToken)
    {
        var retired = new List<(int, TimeSpan)>();
        await foreach (var page in table.QueryPagesAsync(Partition, RetiredPrefix, RetiredPrefix + "~", ["RowKey", "Timestamp"], cancellationToken: cancellationToken))
        {
            foreach (var row in page.Values)
                retired.Add((int.Parse(row.RowKey.AsSpan(RetiredPrefix.Length), CultureInfo.InvariantCulture), page.ServiceTime!.Value - row.Timestamp!.Value));
        }
        return retired;
    }

    /// <summary>Notes that a retired generation's rows are gone.</summary>
    public Task ForgetAsync(int generation, CancellationToken cancellationToken) => table.DeleteAsync(Partition, RetiredRow(generation), cancellationToken);

    private static string RetiredRow(int generation) => RetiredPrefix + generation.ToString("D8", CultureInfo.InvariantCulture);

    private static TableTransactionAction Retirement(int generation) => new(TableTransactionActionType.UpsertReplace, new TableEntity(Partition, RetiredRow(generation)));

    private static TableEntity ToRow(string row, FoldState state) => new(Partition, row)
    {
        ["Generation"] = state.Generation,
        ["Zone"] = state.Zone,
        ["Tags"] = state.Tags,
        ["FirstDay"] = state.FirstDay.DayNumber,
        ["Step"] = state.Step,
        ["Batch"] = state.Cursor.Batch,
        ["Block"] = state.Cursor.Block,
        ["PlannedBatch"] = state.Planned?.Batch,
        ["PlannedBlock"] = state.Planned?.Block,
        ["Owner"] = state.Owner,
        ["Attempts"] = state.Attempts,
        ["CompleteThrough"] = state.CompleteThrough,
        ["HeldUntil"] = state.HeldUntil,
        ["DamagedBlocks"] = state.DamagedBlocks,
        ["MissingBlocks"] = state.MissingBlocks,
        ["LatestEvent"] = state.LatestEvent,
        ["AwaitsClicksUntil"] = state.AwaitsClicksUntil,
        ETag = state.ETag,
    };

    private static FoldState ToState(TableEntity row, DateTimeOffset serviceTime) => new()
    {
        Generation = row.GetInt32("Generation")!.Value,
        Zone = row.GetString("Zone"),
        Tags = row.GetString("Tags"),
        FirstDay = DateOnly.FromDayNumber(row.GetInt32("FirstDay")!.Value),
        Step = row.GetInt32("Step")!.Value,
        Cursor = new FeedCursor(row.GetInt32("Batch")!.Value, row.GetInt32("Block")!.Value, 0),
        Planned = row.GetInt32("PlannedBatch") is { } batch ? new FeedCursor(batch, row.GetInt32("PlannedBlock")!.Value, 0) : null,
        Owner = row.GetInt64("Owner")!.Value,
        // A state from before attempts were counted.
        Attempts = row.GetInt32("Attempts") ?? (row.GetInt32("PlannedBatch") is null ? 0 : 1),
        CompleteThrough = row.GetDateTimeOffset("CompleteThrough"),
        HeldUntil = row.GetDateTimeOffset("HeldUntil"),
        DamagedBlocks = row.GetInt32("DamagedBlocks")!.Value,
        MissingBlocks = row.GetInt32("MissingBlocks") ?? 0,
        LatestEvent = row.GetDateTimeOffset("LatestEvent"),
        // A state from before waits had an end.
        AwaitsClicksUntil = row.GetDateTimeOffset("AwaitsClicksUntil")
            ?? (row.GetBoolean("AwaitsClicks") == true ? row.GetDateTimeOffset("LatestEvent") + FoldState.MaxClickWait : null),
        ETag = row.ETag,
        WrittenAt = row.Timestamp!.Value,
        ReadAt = serviceTime,
    };
}
