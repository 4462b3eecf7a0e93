using BenchmarkDotNet.Attributes;
using ShareLinks.Codes;

namespace ShareLinks.Benchmarks;

/// <summary>What codes cost, as a ratio to one permutation of an id. Bar: a damaged token's worst run is read in under 1 ms.</summary>
[InProcess, MemoryDiagnoser]
public class CodeBenchmarks
{
    private static readonly LinkId Id = new(123_456_789);
    private static readonly IdScrambler Scrambler = new(CodeKey.Development);
    private static readonly ShortCodes Codes = new(CodeKey.Development, Scrambler);
    private static readonly PassphraseTokens Tokens = new([CodeKey.Development.Derive("tokens", 32), CodeKey.Development.Derive("older tokens", 32)], Scrambler);
    private static readonly ClickIdCodes ClickIds = new(CodeKey.Development);
    private static readonly string Code = Codes.Encode(Id);
    private static readonly string Token = Tokens.Encode(Id);

    /// <summary>With a symbol lost, more tokens may have been meant than with one changed or put in.</summary>
    private static readonly string Short = Token[1..];

    private static readonly string Changed = (Token[0] == '0' ? '1' : '0') + Token[1..];
    private static readonly string ClickId = ClickIds.Encode(new ClickId(1L << 40, 12, 345));

    [Benchmark(Baseline = true)]
    public long Scramble() => Scrambler.Scramble(Id);

    [Benchmark]
    public string EncodeCode() => Codes.Encode(Id);

    [Benchmark]
    public bool DecodeCode() => Codes.TryDecode(Code.AsSpan(), out _);

    [Benchmark]
    public bool DecodeKnownCode() => Codes.TryDecode(Code, out _);

    [Benchmark]
    public string EncodeToken() => Tokens.Encode(Id);

    [Benchmark]
    public bool DecodeToken() => Tokens.TryDecode(Token, out _);

    [Benchmark]
    public int RepairChangedToken() => Tokens.Repair(Changed).Count;

    [Benchmark]
    public int RepairShortToken() => Tokens.Repair(Short).Count;

    [Benchmark]
    public string EncodeClickId() => ClickIds.Encode(new ClickId(1L << 40, 12, 345));

    [Benchmark]
    public bool DecodeClickId() => ClickIds.TryDecode(ClickId, out _);
}
