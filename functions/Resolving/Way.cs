namespace ShareLinks.Resolving;

/// <summary>A way on from a landing page, by the name that route rows know it by.</summary>
public enum Way
{
    /// <summary>The listing's web page.</summary>
    Web,

    /// <summary>The app on iOS, by a Universal Link: <c>Apps:Ios:UniversalLink</c>.</summary>
    UniversalLink,

    /// <summary>The app on iOS or Android, by its scheme: <c>Apps:Ios:Scheme</c>, <c>Apps:Android:Scheme</c>.</summary>
    Scheme,

    /// <summary>The app on Android, from Chrome: <c>Apps:Android:Scheme</c> and <c>Package</c>.</summary>
    Intent,

    /// <summary>The app on HarmonyOS: <c>Apps:Harmony:AppLink</c>.</summary>
    AppLinking,

    /// <summary>The WeChat mini program from inside WeChat, by a URL Link: <c>Apps:WeChat:MiniProgramAppId</c> and <c>AppSecret</c>.</summary>
    WechatUrlLink,

    /// <summary>The WeChat mini program from outside WeChat, by its scheme: <c>Apps:WeChat:MiniProgramAppId</c>.</summary>
    WechatScheme,

    /// <summary>The Alipay mini program from inside Alipay: <c>Apps:Alipay:MiniProgramAppId</c>.</summary>
    AlipayScheme,

    /// <summary>The Alipay mini program from a browser: <c>Apps:Alipay:MiniProgramAppId</c>.</summary>
    AlipayWeb,

    /// <summary>The app's page in a store, after the share text was copied: <c>Apps:Ios:StoreUrl</c>, <c>Apps:Android:StoreUrl</c>.</summary>
    Store,

    /// <summary>A button that copies the share text.</summary>
    Copy,

    /// <summary>How to open this page in the phone's browser; its address carries the visit.</summary>
    OpenInBrowser,

    /// <summary>A QR picture to go on by phone.</summary>
    Qr,
}
