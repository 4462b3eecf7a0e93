using ShareLinks.Clicks;
using ShareLinks.Reporting;

namespace ShareLinks.Rollups;

/// <summary>The fold's projection onto statistics and share trees: clicks by subject, link and day.</summary>
internal sealed class ClickCounts(StatsTable stats, TreeTable trees, FoldOptions options) : IProjection
{
    public Task<IProjectionStep> BeginAsync(FoldStep step, CancellationToken cancellationToken) => Task.FromResult<IProjectionStep>(new Step(stats, trees, options, step));

    public async Task CopyAsync(int from, int to, DateOnly end, CancellationToken cancellationToken)
    {
        await stats.CopyAsync(from, to, end, cancellationToken);
        await trees.CopyAsync(from, to, end, cancellationToken);
    }

    public async Task DeleteAsync(int generation, CancellationToken cancellationToken)
    {
        await stats.DeleteAsync(generation, cancellationToken);
        await trees.DeleteAsync(generation, cancellationToken);
    }

    private sealed class Step(StatsTable stats, TreeTable trees, FoldOptions options, FoldStep step) : IProjectionStep
    {
        private readonly ReportingZone zone = ReportingZone.Find(step.State.Zone) ?? throw new InvalidDataException($"There is no time zone {step.State.Zone}.");
        private readonly IReadOnlyList<string> tags = FoldBasis.Of(step.State).TagNames;
        private readonly GrownSubjects grown = new();
        private StepSlice slice;
        private StepTally tally = null!;

        public double Fill => (double)tally.LinkDays / options.StepLinkDays;

        public void Begin(StepSlice slice)
        {
            this.slice = slice;
            tally = new StepTally(zone, tags, step.State.FirstDay, slice);
        }

        public void Add(FeedBlock block) => tally.Add(block);

        public async Task WriteAsync(CancellationToken cancellationToken)
        {
            await stats.ApplyAsync(step.Generation, step.Number, tally, grown, cancellationToken);
            await trees.ApplyAsync(step.Generation, step.Number, tally.ByTree(), cancellationToken);
            if (slice.IsLast)
                await stats.ApplyAsync(step.Generation, step.Number, grown, cancellationToken);
        }

        public FoldState Complete(FoldState state) => state;
    }
}
