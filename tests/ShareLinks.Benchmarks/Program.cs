using BenchmarkDotNet.Running;
using ShareLinks.Benchmarks;

// dotnet run -c Release --project tests/ShareLinks.Benchmarks -- --filter '*'
// dotnet run -c Release --project tests/ShareLinks.Benchmarks -- fold-report [cpu] [speed] [questions] [cost]
// dotnet run -c Release --project tests/ShareLinks.Benchmarks -- attribution-report
// dotnet run -c Release --project tests/ShareLinks.Benchmarks -- load-report [redirects] [hosted] [latency] [memory] [others] [pages] [start]
if (args is ["fold-report", .. var parts])
    await FoldReport.RunAsync(parts);
else if (args is ["attribution-report"])
    await AttributionReport.RunAsync();
else if (args is ["load-report", .. var asked])
    await LoadReport.RunAsync(asked);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
