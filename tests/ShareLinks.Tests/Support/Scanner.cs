using System.Diagnostics;

namespace ShareLinks.Tests.Support;

/// <summary>Reads QR pictures as a phone would: with zbar, a decoder that shares no code with what drew them.</summary>
internal static class Scanner
{
    public static bool IsInstalled { get; } = File.Exists("/usr/bin/zbarimg") && File.Exists("/usr/bin/rsvg-convert");

    /// <summary>The text in a PNG; empty when nothing is found.</summary>
    public static async Task<string> ReadPngAsync(byte[] png)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, png);
            return System.Text.Encoding.UTF8.GetString(await RunAsync("zbarimg", ["-q", "--raw", "-Sdisable", "-Sqrcode.enable", file], [])).TrimEnd('\n');
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Draws an SVG as a PNG.</summary>
    public static Task<byte[]> RenderAsync(string svg) => RunAsync("rsvg-convert", ["-b", "white"], System.Text.Encoding.UTF8.GetBytes(svg));

    /// <summary>Draws a picture as a camera may see it: scaled, turned, out of focus, with a stain on a corner.</summary>
    public static Task<byte[]> PhotographAsync(byte[] png, int pixels, double degrees = 0, double blur = 0, double stain = 0)
    {
        var side = pixels * 1.5;
        return RenderAsync(FormattableString.Invariant($"""
            <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{side}" height="{side}">
            <filter id="f"><feGaussianBlur stdDeviation="{blur}"/></filter>
            <rect width="100%" height="100%" fill="#fff"/>
            <g transform="rotate({degrees} {side / 2} {side / 2}) translate({pixels * 0.25} {pixels * 0.25})" filter="url(#f)">
            <image width="{pixels}" height="{pixels}" xlink:href="data:image/png;base64,{Convert.ToBase64String(png)}"/>
            <circle cx="{pixels * 0.8}" cy="{pixels * 0.8}" r="{pixels * stain}" fill="#7a5230"/>
            </g></svg>
            """));
    }

    private static async Task<byte[]> RunAsync(string program, string[] args, byte[] input)
    {
        using var process = ChildProcess.Start(new ProcessStartInfo(program, args) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        _ = process.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync();
        return output.ToArray();
    }
}
