using ShareLinks.Clicks;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

/// <summary>A step that a process planned over all that is stored, and then died in. Instances whose lease is short take it over.</summary>
internal static class AbandonedStep
{
    /// <param name="app">The instance whose storage it is.</param>
    /// <param name="attempts">How many processes have died in it.</param>
    /// <returns>Whether there was anything new to be counted.</returns>
    public static async Task<bool> BeginAsync(TestApp app, int attempts)
    {
        var (states, planner) = (app.Get<FoldTable>(), app.Get<StepPlanner>());
        var cut = await app.Get<ClickCutter>().CutAsync(CancellationToken.None);
        if (await states.ReadAsync(FoldTable.Current, CancellationToken.None) is not { } state)
        {
            Assert.True(await states.AddAsync(FoldTable.Current, await planner.FirstStateAsync(1, CancellationToken.None), CancellationToken.None));
            state = (await states.ReadAsync(FoldTable.Current, CancellationToken.None))!;
        }
        Assert.Null(state.Planned);
        if (state.Cursor.Batch > cut.Number)
            return false;
        var begun = state with { Planned = new FeedCursor(cut.Number + 1, 0, 0), Owner = 77, Attempts = attempts };
        Assert.NotNull(await states.ReplaceAsync(FoldTable.Current, begun, CancellationToken.None));
        return true;
    }
}
