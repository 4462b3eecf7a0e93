using System.Text;

namespace ShareLinks.Tests.Support;

/// <summary>A console that keeps what one test's code writes apart from what others write meanwhile.</summary>
internal sealed class CapturedConsole : TextWriter
{
    private static readonly AsyncLocal<(StringWriter Output, StringWriter Errors)?> Captured = new();

    private readonly TextWriter real;
    private readonly bool isErrors;

    static CapturedConsole()
    {
        Console.SetOut(new CapturedConsole(Console.Out, isErrors: false));
        Console.SetError(new CapturedConsole(Console.Error, isErrors: true));
    }

    private CapturedConsole(TextWriter real, bool isErrors) => (this.real, this.isErrors) = (real, isErrors);

    public override Encoding Encoding => real.Encoding;

    private TextWriter Target => Captured.Value is { } captured ? isErrors ? captured.Errors : captured.Output : real;

    /// <summary>Runs code; gives what it returns and what it wrote.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(Func<Task<int>> run)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        Captured.Value = (output, errors);
        var exitCode = await run();
        return (exitCode, output.ToString(), errors.ToString());
    }

    public override void Write(char value) => Target.Write(value);

    public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

    public override void Write(string? value) => Target.Write(value);

    public override void Flush() => Target.Flush();
}
