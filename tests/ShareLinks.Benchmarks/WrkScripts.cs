using System.Globalization;

namespace ShareLinks.Benchmarks;

/// <summary>What <see cref="Wrk"/> is to send, in Lua: files of a name each.</summary>
internal static class WrkScripts
{
    public static string Write(string name, string lua)
    {
        var file = Path.Combine(PublishedFolders.All, name + ".lua");
        File.WriteAllText(file, lua);
        return file;
    }

    /// <summary>Posts one body again and again.</summary>
    public static string Post(string name, string body) => Write(name, $"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [==[{body}]==]");

    /// <summary>Opens the n-th of some links in proportion to 1/n.</summary>
    public static string Zipf(string[] codes) => Write("zipf", string.Create(CultureInfo.InvariantCulture, $$"""
        {{Codes(codes)}}
        request = function() return wrk.format('GET', codes[math.max(1, math.floor({{codes.Length}} ^ math.random()))]) end
        """));

    /// <summary>Opens some links one after the other.</summary>
    public static string InTurn(string name, string[] codes) => Write(name, $$"""
        {{Codes(codes)}}
        local next = 0
        request = function() next = next % #codes + 1; return wrk.format('GET', codes[next]) end
        """);

    private static string Codes(string[] codes) => $$"""local codes = { {{string.Join(',', codes.Select(code => $"'/{code}'"))}} }""";
}
