using ShareLinks.Clicks;
using ShareLinks.Events;
using ShareLinks.People;
using ShareLinks.Rollups;

namespace ShareLinks.Journeys;

/// <summary>The fold's projection onto journeys and paths: who clicked what, and what led to their events.</summary>
internal sealed class JourneyProjection(
    ClickFeed feed, ScanTable scans, EventTable events, PersonTable people, ErasedCookies erasedCookies, JourneyTable journeys, PathDeriver deriver, PathTable paths,
    FoldOptions options) : IProjection
{
    public async Task<IProjectionStep> BeginAsync(FoldStep step, CancellationToken cancellationToken)
    {
        var erased = await erasedCookies.ReadAsync(cancellationToken);
        return new Step(step, journeys, deriver, paths, slice => new JourneyTally(
            feed, scans, events, people, erased, journeys, step.Generation, step.State.LatestEvent, step.State.AwaitsClicks, step.State.CompleteThrough, options.StepLinkDays, slice));
    }

    public async Task CopyAsync(int from, int to, DateOnly end, CancellationToken cancellationToken)
    {
        await journeys.CopyAsync(from, to, cancellationToken);
        await paths.CopyAsync(from, to, cancellationToken);
    }

    public async Task DeleteAsync(int generation, CancellationToken cancellationToken)
    {
        await journeys.DeleteAsync(generation, cancellationToken);
        await paths.DeleteAsync(generation, cancellationToken);
    }

    private sealed class Step(FoldStep step, JourneyTable journeys, PathDeriver deriver, PathTable paths, Func<StepSlice, JourneyTally> newTally) : IProjectionStep
    {
        private StepSlice slice;
        private JourneyTally tally = null!;
        private StepJourneys added = new();

        public double Fill => tally.Fill;

        public void Begin(StepSlice slice)
        {
            this.slice = slice;
            tally = newTally(slice);
        }

        public void Add(FeedBlock block) => tally.Add(block);

        public async Task WriteAsync(CancellationToken cancellationToken)
        {
            added = await tally.CompleteAsync(cancellationToken);
            var known = await journeys.ApplyAsync(step.Generation, step.Number, added.Months, slice.IsWhole ? added.Actors : [], cancellationToken);
            // What led to an event is found once all journeys have the step.
            if (slice.IsLast)
                await WritePathsAsync(known, cancellationToken);
        }

        public FoldState Complete(FoldState state) => state with
        {
            LatestEvent = added.LatestEvent > state.LatestEvent || state.LatestEvent is null ? added.LatestEvent ?? state.LatestEvent : state.LatestEvent,
            AwaitsClicksUntil = added.AwaitsClicksUntil > step.State.AwaitsClicksUntil || !step.State.AwaitsClicks ? added.AwaitsClicksUntil : step.State.AwaitsClicksUntil,
        };

        private async Task WritePathsAsync(IReadOnlyDictionary<Actor, IReadOnlyList<JourneyMonth>> known, CancellationToken cancellationToken)
        {
            await paths.ApplyTypesAsync(step.Generation, step.Number, added.Changes, cancellationToken);
            var parts = step.Parts;
            while (!await WritePathsAsync(known, parts, cancellationToken))
                parts = StepSlice.Narrower(parts);
        }

        /// <summary>False when a slice had more than memory should hold.</summary>
        private async Task<bool> WritePathsAsync(IReadOnlyDictionary<Actor, IReadOnlyList<JourneyMonth>> known, int parts, CancellationToken cancellationToken)
        {
            foreach (var part in StepSlice.Of(parts))
            {
                if (await deriver.DeriveAsync(step.Generation, step.Replaces, added, known, part, cancellationToken) is not { } changes)
                    return false;
                await paths.ApplyAsync(step.Generation, step.Number, changes, cancellationToken);
            }
            return true;
        }
    }
}
