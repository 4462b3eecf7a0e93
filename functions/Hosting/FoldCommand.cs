using System.CommandLine;
using ShareLinks.Http;
using ShareLinks.Rollups;

namespace ShareLinks.Hosting;

/// <summary><c>fold</c>: counts clicks into statistics, all of them anew with <c>--rebuild</c>.</summary>
internal static class FoldCommand
{
    public static Command Create(Func<WebApplication> build)
    {
        var rebuild = new Option<bool>("--rebuild") { Description = "Count all clicks anew, by the present ReportingTimeZone and ReportedTags; questions are answered from the old figures until it is done" };
        var command = new Command("fold", "Count clicks into statistics, as the app does every minute") { rebuild };
        command.SetAction((result, cancellationToken) => CommandLine.WithStorageAsync(build, async services =>
        {
            var fold = services.GetRequiredService<ClickFold>();
            if (result.GetValue(rebuild))
                await services.GetRequiredService<FoldGenerations>().RebuildAsync((counted, all) => Console.WriteLine($"{counted} of {all} batches counted"), cancellationToken);
            var state = await fold.FoldAsync(cancellationToken);
            Console.WriteLine($"Statistics are complete through {(state.CompleteThrough is { } time ? JsonDefaults.Format(time) : "the start: there are no clicks yet")}.");
        }, cancellationToken));
        return command;
    }
}
