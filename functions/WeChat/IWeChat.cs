namespace ShareLinks.WeChat;

/// <summary>What WeChat's servers make for the marketplace's mini program.</summary>
/// <remarks>Thread-safe. That WeChat is away, slow or has had enough for today is an answer (null), never a fault.</remarks>
public interface IWeChat
{
    /// <summary>Whether this deployment has the credentials to ask WeChat at all.</summary>
    public bool IsConfigured { get; }

    /// <summary>An https address that opens the listing's page of the mini program from anywhere; good for a day at least.</summary>
    /// <returns>Null when there is none right now: offer fewer buttons. It takes at most <see cref="UrlLinks.Timeout"/>, and nothing at all once a first one is known.</returns>
    public ValueTask<string?> UrlLinkAsync(string? listingId, string? clickId);

    /// <summary>Whether this process has the picture in memory, so that it costs no call.</summary>
    public bool IsCached(string scene, int width);

    /// <summary>The round picture that people scan with WeChat to open the listing's page of the mini program.</summary>
    /// <param name="scene">What the page is told: 1 to 32 of <c>0-9A-Za-z!#$&amp;'()*+,/:;=?@-._~</c>.</param>
    /// <param name="width">Pixels, one of <see cref="WeChatPicture.Widths"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Null when WeChat does not give one right now.</returns>
    /// <exception cref="ArgumentException">The scene or the width breaks its rule.</exception>
    public Task<WeChatPicture?> MiniProgramCodeAsync(string scene, int width, CancellationToken cancellationToken = default);
}
