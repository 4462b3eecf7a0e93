using System.Buffers;
using BitFaster.Caching.Lru;

namespace ShareLinks.WeChat;

/// <summary>Asks WeChat, as seldom as can be.</summary>
public sealed class WeChatClient(MiniProgram program, UrlLinks urlLinks, WeChatApi api) : IWeChat
{
    private const int MaxScene = 32;

    /// <summary>Pictures kept in memory: some 100 KB each. They are permanent, and clients keep them for a day.</summary>
    private const int MaxPictures = 64;

    private static readonly SearchValues<char> SceneSymbols = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&'()*+,/:;=?@-._~");

    private readonly ConcurrentLru<(string Scene, int Width), WeChatPicture> pictures = new(MaxPictures);

    public bool IsConfigured => true;

    public async ValueTask<string?> UrlLinkAsync(string? listingId, string? clickId) =>
        program.CustomQuery(listingId, clickId) is { } query && await urlLinks.GetAsync() is { } link ? $"{link}?cq={query}" : null;

    public bool IsCached(string scene, int width) => pictures.TryGet((scene, width), out _);

    public async Task<WeChatPicture?> MiniProgramCodeAsync(string scene, int width, CancellationToken cancellationToken = default)
    {
        if (scene.Length is 0 or > MaxScene || scene.AsSpan().ContainsAnyExcept(SceneSymbols))
            throw new ArgumentException($"A scene has 1 to {MaxScene} characters that WeChat allows.", nameof(scene));
        if (!WeChatPicture.Widths.Contains(width))
            throw new ArgumentOutOfRangeException(nameof(width), width, $"A width is one of {string.Join(", ", WeChatPicture.Widths)}.");
        if (pictures.TryGet((scene, width), out var known))
            return known;
        var picture = await api.DrawCodeAsync(scene, program.Path, width, cancellationToken);
        if (picture is not null)
            pictures.AddOrUpdate((scene, width), picture);
        return picture;
    }
}
