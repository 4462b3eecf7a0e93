namespace ShareLinks.Codes;

/// <summary>What people copy and paste: section <c>ShareLinks:ShareText</c>.</summary>
public sealed class ShareTextOptions
{
    /// <summary>A template for each language (such as <c>zh-CN</c>), in the form of <see cref="ShareTextTemplate"/>; the product's own where absent.</summary>
    public IDictionary<string, string> Templates { get; } = new Dictionary<string, string>();

    /// <summary>Channels whose share text is the address alone, since they forbid passphrases; <c>wechat_moments</c> when empty.</summary>
    public IList<string> UrlOnlyChannels { get; } = [];
}
