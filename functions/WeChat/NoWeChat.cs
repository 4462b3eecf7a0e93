namespace ShareLinks.WeChat;

/// <summary>Stands in where the deployment has no mini program or no secret for it.</summary>
public sealed class NoWeChat : IWeChat
{
    public bool IsConfigured => false;

    public ValueTask<string?> UrlLinkAsync(string? listingId, string? clickId) => default;

    public bool IsCached(string scene, int width) => false;

    public Task<WeChatPicture?> MiniProgramCodeAsync(string scene, int width, CancellationToken cancellationToken = default) => Task.FromResult<WeChatPicture?>(null);
}
