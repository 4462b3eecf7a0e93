using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/ShareLinks.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
