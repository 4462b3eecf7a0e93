using BenchmarkDotNet.Attributes;
using ShareLinks.Codes;

namespace ShareLinks.Benchmarks;

/// <summary>What the longest texts (4 KiB) cost that are made to cost much, as a ratio to plain prose of the same length. Bars: 5 ms to scan, 10 ms with repair.</summary>
[InProcess]
public class PastedTextBenchmarks
{
    private static readonly IdScrambler Scrambler = new(CodeKey.Development);
    private static readonly PassphraseTokens Tokens = new([CodeKey.Development.Derive("tokens", 32), CodeKey.Development.Derive("older tokens", 32)], Scrambler);
    private static readonly CodeScanner Scanner = new(
        new ShortCodes(CodeKey.Development, Scrambler), Tokens, new ClickIdCodes(CodeKey.Development), new Lazy<IReadOnlyList<string>>(() => ["s.example", "old.example"]));

    private static readonly string Prose = Fill("转让一台九成新的台灯，杭州自提，非诚勿扰。");

    /// <summary>Unlike runs of twelve symbols, far apart.</summary>
    private static readonly string Runs = string.Concat(Enumerable.Range(0, 200).Select(i => $"7K2M9QXA{i:D3}V    ,    "))[..CodeScanner.MaxBytes];

    [Params("single letters", "dashed letters", "hosts", "combining marks", "expanding marks", "damaged tokens")]
    public string Text { get; set; } = "";

    private string text = "";

    [GlobalSetup]
    public void Prepare() => text = Text switch
    {
        "single letters" => Fill("a "),
        "dashed letters" => Fill("A-"),
        "hosts" => Fill("s.example/"),
        "combining marks" => Fill("\u0316\u0301"),
        "expanding marks" => Fill("\u33c2"),
        _ => Runs,
    };

    [Benchmark(Baseline = true)]
    public int ScanProse() => Scanner.Scan(Prose).Codes.Count;

    [Benchmark]
    public int Scan() => Scanner.Scan(text).Codes.Count;

    [Benchmark]
    public int ScanAndRepair() => Scanner.Scan(text).Runs.Sum(run => Tokens.Repair(run).Count);

    private static string Fill(string part) => string.Concat(Enumerable.Repeat(part, CodeScanner.MaxBytes / System.Text.Encoding.UTF8.GetByteCount(part)));
}
