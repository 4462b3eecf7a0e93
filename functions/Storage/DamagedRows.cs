namespace ShareLinks.Storage;

/// <summary>Rows that this process could not read, since they hold what it never writes. Thread-safe.</summary>
public sealed partial class DamagedRows(ILogger? logger = null)
{
    private readonly Dictionary<string, HashSet<string>> rows = new(StringComparer.Ordinal);

    /// <summary>How many rows of each table were found damaged. Their keys are in the log alone: they hold people's ids.</summary>
    public IReadOnlyDictionary<string, int> CountByTable
    {
        get
        {
            lock (rows)
                return rows.ToDictionary(table => table.Key, table => table.Value.Count, StringComparer.Ordinal);
        }
    }

    internal DamagedRowException Report(string table, string partition, string row, Exception fault)
    {
        bool isNew;
        lock (rows)
        {
            if (!rows.TryGetValue(table, out var known))
                rows.Add(table, known = new HashSet<string>(StringComparer.Ordinal));
            isNew = known.Add($"{partition}/{row}");
        }
        if (isNew && logger is not null)
            LogDamaged(logger, $"{partition}/{row}", table, fault.Message);
        return new DamagedRowException($"Row {partition}/{row} of table {table} is damaged: {fault.Message}", fault);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Row {Row} of table {Table} is damaged: {Reason}")]
    private static partial void LogDamaged(ILogger logger, string row, string table, string reason);
}

/// <summary>A row holds what this app never writes.</summary>
public sealed class DamagedRowException(string message, Exception fault) : Exception(message, fault);
