using System.Text.Json.Serialization;

namespace ShareLinks.WeChat;

/// <summary>The body of <c>POST /cgi-bin/stable_token</c>.</summary>
internal sealed record TokenRequest(
    [property: JsonPropertyName("grant_type")] string GrantType,
    [property: JsonPropertyName("appid")] string AppId,
    [property: JsonPropertyName("secret")] string Secret,
    [property: JsonPropertyName("force_refresh")] bool ForceRefresh);

/// <summary>The body of <c>POST /wxa/generate_urllink</c>.</summary>
internal sealed record UrlLinkRequest(
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("env_version")] string Version,
    [property: JsonPropertyName("expire_type")] int ExpireType,
    [property: JsonPropertyName("expire_interval")] int ExpireIntervalInDays);

/// <summary>The body of <c>POST /wxa/getwxacodeunlimit</c>.</summary>
internal sealed record CodeRequest(
    [property: JsonPropertyName("scene")] string Scene,
    [property: JsonPropertyName("page")] string Page,
    [property: JsonPropertyName("check_path")] bool ChecksPath,
    [property: JsonPropertyName("env_version")] string Version,
    [property: JsonPropertyName("width")] int Width);

/// <summary>What the three calls answer in JSON: fields that a call does not have stay at their defaults, and 0 is success.</summary>
internal sealed record WeChatAnswer(
    [property: JsonPropertyName("errcode")] int ErrorCode = 0,
    [property: JsonPropertyName("errmsg")] string? ErrorMessage = null,
    [property: JsonPropertyName("access_token")] string? AccessToken = null,
    [property: JsonPropertyName("expires_in")] int ExpiresInSeconds = 0,
    [property: JsonPropertyName("url_link")] string? UrlLink = null);

[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(UrlLinkRequest))]
[JsonSerializable(typeof(CodeRequest))]
[JsonSerializable(typeof(WeChatAnswer))]
internal sealed partial class WeChatJson : JsonSerializerContext;
