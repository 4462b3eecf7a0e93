namespace ShareLinks.WeChat;

/// <summary>A picture as WeChat drew it.</summary>
/// <param name="MediaType"><c>image/jpeg</c> or <c>image/png</c>; WeChat sends JPEG unless asked for a transparent ground.</param>
/// <param name="Bytes">The file.</param>
public sealed record WeChatPicture(string MediaType, ReadOnlyMemory<byte> Bytes)
{
    public const int MinWidth = 280;
    public const int MaxWidth = 1280;
    public const int DefaultWidth = 430;
}
