using BenchmarkDotNet.Running;
using ShareLinks.Benchmarks;

// dotnet run -c Release --project tests/ShareLinks.Benchmarks -- --filter '*'
// dotnet run -c Release --project tests/ShareLinks.Benchmarks -- fold-report [cpu] [speed] [questions] [cost]
if (args is ["fold-report", .. var parts])
    await FoldReport.RunAsync(parts);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
