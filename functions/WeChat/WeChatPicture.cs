namespace ShareLinks.WeChat;

/// <summary>A picture as WeChat drew it.</summary>
/// <param name="MediaType"><c>image/jpeg</c> or <c>image/png</c>; WeChat sends JPEG unless the request wants a transparent ground.</param>
/// <param name="Bytes">The file.</param>
public sealed record WeChatPicture(string MediaType, ReadOnlyMemory<byte> Bytes)
{
    public const int DefaultWidth = 430;

    /// <summary>The widths, in pixels, that are asked of WeChat: few, since each is a call of its own and kept apart.</summary>
    public static IReadOnlyList<int> Widths { get; } = [280, DefaultWidth, 640, 860, 1280];
}
