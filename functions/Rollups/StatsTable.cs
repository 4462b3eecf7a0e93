using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Rollups;

/// <summary>The statistics: a row for each subject and month, and one for the leaders of each kind and month.</summary>
/// <remarks>
/// Table <c>stats</c>. A rebuild writes a new generation beside the present one.
/// <code>
/// PartitionKey                       RowKey                           columns
/// {bucket, 00 to 3f}-{generation}    {kind}|{subject}|{yyyyMM}        Step, d01 … d31: a day's counts, v01 … v31: its visitors (see DayStats)
/// leaders-{generation}               {kind}|{yyyyMM}                  Step, d01 … d31: the subjects of that kind with most clicks (see DayLeaders)
/// </code>
/// Days are those of the reporting time zone. Thread-safe.
/// </remarks>
internal sealed class StatsTable(StorageAccount account)
{
    /// <summary>The kinds that have leaders.</summary>
    public static IReadOnlyList<SubjectKind> RankedKinds { get; } =
        [SubjectKind.Listing, SubjectKind.Sharer, SubjectKind.Link, SubjectKind.Channel, SubjectKind.Campaign, SubjectKind.Placement];

    private readonly Table table = account.Table("stats");

    /// <summary>Adds a step to the subjects of a tally.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="step">The step's number.</param>
    /// <param name="tally">What the step counts.</param>
    /// <param name="grown">Takes in the subjects as they are with the step.</param>
    /// <param name="cancellationToken">Stops between writes.</param>
    public async Task ApplyAsync(int generation, int step, StepTally tally, GrownSubjects grown, CancellationToken cancellationToken)
    {
        foreach (var part in tally.BySubject())
        {
            var subjects = part.GroupBy(entry => (entry.Key.Subject, Month: FirstOfMonth(entry.Key.Day)))
                .Select(group => new SubjectChange(generation, group.Key.Subject, group.Key.Month, group.ToDictionary(entry => entry.Key.Day, entry => entry.Value), tally.Names))
                .ToArray();
            await StepRows.ApplyAsync(table, step, subjects, cancellationToken);
            foreach (var change in subjects.Where(change => RankedKinds.Contains(change.Subject.Kind)))
            {
                foreach (var (day, clicks) in change.Clicks)
                    grown.Add(change.Subject.Kind, day, change.Subject.Key, clicks);
            }
        }
    }

    /// <summary>Adds a step to the leaders.</summary>
    public Task ApplyAsync(int generation, int step, GrownSubjects grown, CancellationToken cancellationToken) => StepRows.ApplyAsync(
        table, step, grown.ByDay().GroupBy(day => (day.Kind, Month: FirstOfMonth(day.Day)))
            .Select(month => new LeadersChange(generation, month.Key.Kind, month.Key.Month, [.. month.Select(day => (day.Day, day.Most))])), cancellationToken);

    /// <summary>The days of a subject from one to before another that had clicks, in order.</summary>
    /// <param name="generation">The generation that is read.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="from">The first day.</param>
    /// <param name="to">The day after the last.</param>
    /// <param name="withVisitors">Whether to read the sketches, which make a busy day's column many times longer.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<(DateOnly Day, DayStats Stats)>> ReadAsync(
        int generation, Subject subject, DateOnly from, DateOnly to, bool withVisitors, CancellationToken cancellationToken) => await ReadDaysAsync(
            month => (SubjectPartition(generation, subject), subject.RowPrefix + MonthKey(month)), from, to,
            day => withVisitors ? [Column(day), VisitorColumn(day)] : [Column(day)],
            (row, day) => DayStats.FromBytes(row.GetBinary(Column(day)), withVisitors ? row.GetBinary(VisitorColumn(day)) : default), cancellationToken);

    /// <summary>The leaders of the days from one to before another, in order.</summary>
    public async Task<IReadOnlyList<(DateOnly Day, DayLeaders Leaders)>> ReadLeadersAsync(int generation, SubjectKind kind, DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        await ReadDaysAsync(month => (LeadersPartition(generation), LeadersRow(kind, month)), from, to, day => [Column(day)], (row, day) => DayLeaders.FromBytes(row.GetBinary(Column(day))), cancellationToken);

    /// <summary>Copies the days before <paramref name="end"/> from one generation to another. Doing it again changes nothing.</summary>
    public async Task CopyAsync(int from, int to, DateOnly end, CancellationToken cancellationToken)
    {
        foreach (var (source, target) in Partitions(from).Zip(Partitions(to)))
        {
            var rows = new List<TableEntity>();
            await foreach (var row in table.QueryAsync(source, pageSize: Table.MaxActions, cancellationToken: cancellationToken))
            {
                var month = DateOnly.ParseExact(row.RowKey.AsSpan(row.RowKey.Length - 6), "yyyyMM", CultureInfo.InvariantCulture);
                var copy = new TableEntity(target, row.RowKey) { ["Step"] = 0 };
                var columns = copy.Count;
                for (var day = month; day.Month == month.Month && day < end; day = day.AddDays(1))
                {
                    foreach (var column in new[] { Column(day), VisitorColumn(day) })
                    {
                        if (row.GetBinary(column) is { } bytes)
                            copy[column] = bytes;
                    }
                }
                if (copy.Count > columns)
                    rows.Add(copy);
            }
            await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (row, cancellation) =>
                await table.PutAsync(row, cancellation));
        }
    }

    /// <summary>Deletes a generation.</summary>
    public async Task DeleteAsync(int generation, CancellationToken cancellationToken)
    {
        foreach (var partition in Partitions(generation))
            await table.DeleteRangeAsync(partition, cancellationToken: cancellationToken);
    }

    private static IEnumerable<string> Partitions(int generation) => Enumerable.Range(0, TableKey.SmallBuckets).Select(bucket => Partition(generation, bucket)).Append(LeadersPartition(generation));

    private static string SubjectPartition(int generation, Subject subject) => Partition(generation, subject.Bucket);

    private static string Partition(int generation, int bucket) => string.Create(CultureInfo.InvariantCulture, $"{bucket:x2}-{generation}");

    private static string LeadersPartition(int generation) => string.Create(CultureInfo.InvariantCulture, $"leaders-{generation}");

    private static string LeadersRow(SubjectKind kind, DateOnly month) => $"{(char)kind}{TableKey.Separator}{MonthKey(month)}";

    private static string MonthKey(DateOnly month) => month.ToString("yyyyMM", CultureInfo.InvariantCulture);

    private static DateOnly FirstOfMonth(DateOnly day) => new(day.Year, day.Month, 1);

    private static string Column(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"d{day.Day:D2}");

    private static string VisitorColumn(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"v{day.Day:D2}");

    private async Task<IReadOnlyList<(DateOnly, T)>> ReadDaysAsync<T>(
        Func<DateOnly, (string Partition, string Row)> keyOf, DateOnly from, DateOnly to, Func<DateOnly, string[]> columnsOf, Func<TableEntity, DateOnly, T> decode,
        CancellationToken cancellationToken)
    {
        var months = new List<DateOnly>();
        for (var month = FirstOfMonth(from); month < to; month = month.AddMonths(1))
            months.Add(month);
        var rows = await Task.WhenAll(months.Select(async month =>
        {
            var days = Enumerable.Range(0, DateTime.DaysInMonth(month.Year, month.Month)).Select(day => month.AddDays(day)).Where(day => day >= from && day < to).ToArray();
            var (partition, row) = keyOf(month);
            var present = await table.GetAsync(partition, row, days.SelectMany(columnsOf), cancellationToken);
            return present is null ? [] : table.Decode(partition, row, () => days.Where(day => present.ContainsKey(Column(day))).Select(day => (day, decode(present, day))).ToArray());
        }));
        return [.. rows.SelectMany(days => days)];
    }

    /// <summary>A step's change to a subject's month.</summary>
    private sealed class SubjectChange(int generation, Subject subject, DateOnly month, Dictionary<DateOnly, DayTally> days, IReadOnlyList<string> names)
        : RowChange(SubjectPartition(generation, subject), subject.RowPrefix + MonthKey(month))
    {
        private readonly Dictionary<DateOnly, long> clicks = [];

        public Subject Subject => subject;

        public override IReadOnlyCollection<string> Columns => [.. days.Keys.SelectMany(day => new[] { Column(day), VisitorColumn(day) })];

        /// <summary>The clicks of the changed days as they are with the step; known once it is applied.</summary>
        public IReadOnlyDictionary<DateOnly, long> Clicks => clicks;

        public override void Apply(TableEntity? present, TableEntity next)
        {
            foreach (var (day, tally) in days)
            {
                var stats = present?.GetBinary(Column(day)) is { } counts ? DayStats.FromBytes(counts, present.GetBinary(VisitorColumn(day))) : new DayStats();
                tally.AddTo(stats, names);
                next[Column(day)] = stats.CountsToBytes();
                next[VisitorColumn(day)] = stats.VisitorsToBytes();
                clicks[day] = stats.Clicks;
            }
        }

        public override void Found(TableEntity present)
        {
            foreach (var day in days.Keys)
                clicks[day] = DayStats.FromBytes(present.GetBinary(Column(day))).Clicks;
        }
    }

    /// <summary>A step's change to a month of leaders.</summary>
    private sealed class LeadersChange(int generation, SubjectKind kind, DateOnly month, IReadOnlyList<(DateOnly Day, IReadOnlyList<(string Key, long Clicks)> Most)> grown)
        : RowChange(LeadersPartition(generation), LeadersRow(kind, month))
    {
        public override IReadOnlyCollection<string> Columns => [.. grown.Select(change => Column(change.Day))];

        public override void Apply(TableEntity? present, TableEntity next)
        {
            foreach (var (day, most) in grown)
            {
                var leaders = present?.GetBinary(Column(day)) is { } bytes ? DayLeaders.FromBytes(bytes) : DayLeaders.None;
                next[Column(day)] = leaders.With(most).ToBytes();
            }
        }
    }
}
