using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;

namespace ShareLinks.Dashboard;

/// <summary>The dashboard's style, script, icon and chart library, under addresses that change with their content, so that browsers keep them permanently.</summary>
internal static class Assets
{
    private const string ResourcePrefix = "assets/";
    private const string Folder = "/dashboard/assets/";

    private static readonly Lazy<FrozenDictionary<string, Asset>> All = new(() => typeof(Assets).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
        .Select(name => new Asset(name[ResourcePrefix.Length..], Read(name)))
        .ToFrozenDictionary(asset => asset.Name));

    /// <summary>Where an asset is.</summary>
    public static string Address(string name) => $"{Folder}{All.Value[name].Hash}/{name}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Folder + "{hash}/{name}", (string hash, string name, HttpContext http) =>
    {
        if (!All.Value.TryGetValue(name, out var asset) || asset.Hash != hash)
            return Results.NotFound();
        var headers = http.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Vary = "Accept-Encoding";
        if (!http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
            return Results.Bytes(asset.Bytes, asset.Type);
        headers.ContentEncoding = "br";
        return Results.Bytes(asset.Compressed.Value, asset.Type);
    }).ExcludeFromDescription();

    private static byte[] Read(string resource)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed class Asset(string name, byte[] bytes)
    {
        public string Name { get; } = name;

        public byte[] Bytes { get; } = bytes;

        public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];

        public string Type { get; } = Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            var other => throw new InvalidOperationException($"An asset has the unknown type {other}."),
        };

        /// <summary>Compressed at the first request: the charts take half a second.</summary>
        public Lazy<byte[]> Compressed { get; } = new(() =>
        {
            var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
            return BrotliEncoder.TryCompress(bytes, compressed, out var length, quality: 9, window: 22) ? compressed[..length] : throw new InvalidOperationException("An asset outgrew its bound.");
        });
    }
}
