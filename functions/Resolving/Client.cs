using System.Text.Json;

namespace ShareLinks.Resolving;

/// <summary>What opened a link, as far as its request headers tell.</summary>
/// <param name="App">The app that shows the page.</param>
/// <param name="AppVersion">The version of WeChat that shows it, on which depends what it may open; null for every other app.</param>
/// <param name="Os">The system that it runs on.</param>
/// <param name="Device">The class of the device.</param>
/// <param name="IsBot">Whether a program asked, not a person. App, system and device are then what it claims.</param>
/// <param name="IsPrefetch">Whether a browser asked ahead of its user, who may never see the page.</param>
public sealed record Client(ClientApp App, Version? AppVersion, ClientOs Os, ClientDevice Device, bool IsBot, bool IsPrefetch);

/// <summary>The app that shows a page: an app with a web view of its own, or a browser.</summary>
public enum ClientApp
{
    /// <summary>None of the others: also any web view that names no app.</summary>
    Other,
    Wechat,

    /// <summary>A web view in a mini program of WeChat.</summary>
    WechatMini,
    Wecom,
    Qq,
    QqBrowser,
    Alipay,

    /// <summary>A web view in a mini program of Alipay.</summary>
    AlipayMini,
    Taobao,
    Xianyu,
    Dingtalk,
    Douyin,

    /// <summary>A web view in a mini app of Douyin.</summary>
    DouyinMini,
    Toutiao,

    /// <summary>Feishu, and Lark as it is called abroad.</summary>
    Feishu,
    Kuaishou,
    Weibo,
    Xiaohongshu,
    Baidu,
    Uc,
    Quark,

    /// <summary>Facebook and its Messenger.</summary>
    Facebook,
    Instagram,
    Line,
    Tiktok,
    Telegram,
    Safari,

    /// <summary>Chrome, or a browser made from it that names nothing else here.</summary>
    Chrome,
    Edge,
    Firefox,
    Opera,
    SamsungBrowser,
    HuaweiBrowser,
    XiaomiBrowser,
    OppoBrowser,
    VivoBrowser,
    HonorBrowser,
}

/// <summary>The system that a client runs on.</summary>
public enum ClientOs
{
    Other,

    /// <summary>iPhone and iPod.</summary>
    Ios,

    /// <summary>An iPad that says so; one that asks for desktop pages calls itself a Mac.</summary>
    Ipados,

    /// <summary>Android, and HarmonyOS up to 4, which runs Android's apps and opens their links.</summary>
    Android,

    /// <summary>HarmonyOS 5 (NEXT) and later, which has apps and links of its own.</summary>
    Harmony,
    Windows,
    Macos,

    /// <summary>Linux and ChromeOS.</summary>
    Linux,
}

/// <summary>The class of a client's device.</summary>
public enum ClientDevice
{
    /// <summary>A television, or nothing known.</summary>
    Other,

    /// <summary>A phone.</summary>
    Mobile,
    Tablet,
    Desktop,
}

/// <summary>The names of apps, systems and devices in answers and in the click log: the enums' members in snake case, such as <c>wechat_mini</c>.</summary>
/// <remarks>Names are stored with clicks, so members are added but never renamed.</remarks>
public static class ClientNames
{
    private static readonly string[] Apps = NamesOf<ClientApp>();
    private static readonly string[] Systems = NamesOf<ClientOs>();
    private static readonly string[] Devices = NamesOf<ClientDevice>();

    public static string Name(this ClientApp app) => Apps[(int)app];

    public static string Name(this ClientOs os) => Systems[(int)os];

    public static string Name(this ClientDevice device) => Devices[(int)device];

    private static string[] NamesOf<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
}
