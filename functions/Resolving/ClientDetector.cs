using System.Buffers;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Primitives;

namespace ShareLinks.Resolving;

/// <summary>Tells from request headers alone what opened a link.</summary>
/// <remarks>
/// Pure and thread-safe; every header value gives some client. Only the first 1,024 characters of a header count. What headers cannot tell:
/// an iPad that asks for desktop pages (Safari's default) looks like a Mac, and in another browser like an iPhone; an Android tablet whose browser says Mobile looks like a phone;
/// the web view of an app that adds no name of its own is <see cref="ClientApp.Other"/>.
/// </remarks>
public static class ClientDetector
{
    private const int MaxLength = 1024;
    private const int KnownClients = 2000;
    private const string WechatVersion = "MicroMessenger/";

    /// <summary>The first rule whose markers are all in the User-Agent decides. An app comes before the browser that its web view is made from.</summary>
    private static readonly Rule<ClientApp>[] Apps =
    [
        // WeCom says MicroMessenger as well. A mini program adds its own word: at the end, or on a PC that of its environment.
        new(ClientApp.Wecom, "wxwork/"),
        new(ClientApp.WechatMini, WechatVersion, "miniProgram"),
        new(ClientApp.WechatMini, "MiniProgramEnv/"),
        new(ClientApp.Wechat, WechatVersion),
        new(ClientApp.AlipayMini, "AlipayClient/", "MiniProgram"),
        new(ClientApp.Alipay, "AlipayClient/"),
        new(ClientApp.Alipay, "AliApp(AP/"),
        new(ClientApp.Taobao, "AliApp(TB/"),
        new(ClientApp.Xianyu, "AliApp(FM/"),
        new(ClientApp.Dingtalk, "DingTalk/"),
        // On computers.
        new(ClientApp.Dingtalk, "DingTalk("),
        new(ClientApp.Dingtalk, "dingtalk-win/"),
        new(ClientApp.Dingtalk, "dingtalk-mac/"),
        new(ClientApp.Tiktok, "musical_ly"),
        new(ClientApp.Tiktok, "trill_"),
        new(ClientApp.DouyinMini, "aweme", "ToutiaoMicroApp/"),
        new(ClientApp.DouyinMini, "Aweme/", "ToutiaoMicroApp/"),
        new(ClientApp.Douyin, "aweme"),
        new(ClientApp.Douyin, "Aweme/"),
        new(ClientApp.Toutiao, "NewsArticle/"),
        new(ClientApp.Feishu, "Lark/"),
        new(ClientApp.Kuaishou, "Kwai/"),
        new(ClientApp.Kuaishou, "Kwai_"),
        new(ClientApp.Kuaishou, "ksNebula/"),
        new(ClientApp.Weibo, "Weibo ("),
        new(ClientApp.Weibo, "__weibo__"),
        new(ClientApp.Xiaohongshu, "discover/", "Device/("),
        new(ClientApp.Xiaohongshu, "xhsdiscover"),
        new(ClientApp.Xiaohongshu, "xiaohongshu"),
        // Not QQ Browser, which comes below: its engine shows the pages of WeChat, of QQ and of many more.
        new(ClientApp.Qq, " QQ/"),
        new(ClientApp.Qq, "V1_AND_SQ_"),
        new(ClientApp.Qq, "V1_IPH_SQ_"),
        new(ClientApp.HonorBrowser, "HonorBrowser/"),
        new(ClientApp.HonorBrowser, "bdhonorbrowser"),
        new(ClientApp.Baidu, "baiduboxapp/"),
        // Instagram's web view may name Facebook's as well.
        new(ClientApp.Instagram, "Instagram "),
        new(ClientApp.Facebook, "FBAN/"),
        new(ClientApp.Facebook, "FBAV/"),
        new(ClientApp.Facebook, "FB_IAB/"),
        new(ClientApp.Facebook, "MetaIAB Facebook"),
        new(ClientApp.Line, " Line/"),
        new(ClientApp.Telegram, "Telegram-Android/"),
        // Browsers from here on, but for web views of apps that add no name to that of Tencent's engine.
        new(ClientApp.Other, "MQQBrowser/", "TBS/"),
        new(ClientApp.QqBrowser, "QQBrowser"),
        new(ClientApp.Quark, "Quark/"),
        new(ClientApp.Quark, "QuarkPC/"),
        new(ClientApp.Uc, "UCBrowser"),
        new(ClientApp.Uc, "UCWEB"),
        new(ClientApp.Uc, " UBrowser/"),
        new(ClientApp.HuaweiBrowser, "HuaweiBrowser/"),
        new(ClientApp.HuaweiBrowser, "HBPC/"),
        new(ClientApp.XiaomiBrowser, "MiuiBrowser/"),
        new(ClientApp.OppoBrowser, "HeyTapBrowser/"),
        new(ClientApp.OppoBrowser, "OppoBrowser/"),
        new(ClientApp.VivoBrowser, "VivoBrowser/"),
        new(ClientApp.SamsungBrowser, "SamsungBrowser/"),
        new(ClientApp.Edge, "Edg/"),
        new(ClientApp.Edge, "EdgA/"),
        new(ClientApp.Edge, "EdgiOS/"),
        new(ClientApp.Edge, "Edge/"),
        new(ClientApp.Opera, "OPR/"),
        new(ClientApp.Opera, "OPT/"),
        new(ClientApp.Opera, "OPiOS/"),
        new(ClientApp.Opera, "Opera"),
        new(ClientApp.Firefox, "Firefox/"),
        new(ClientApp.Firefox, "FxiOS/"),
        new(ClientApp.Chrome, "CriOS/"),
        // The web view of an app without a name: Android marks it, before version 5 by that odd version; HarmonyOS names its engine only.
        new(ClientApp.Other, "; wv)"),
        new(ClientApp.Other, "Version/4.0 Chrome/"),
        new(ClientApp.Other, "ArkWeb/"),
        new(ClientApp.Chrome, "Chrome/"),
        // A web view on an iPhone has no version; Android's old browser has one, but is not Safari.
        new(ClientApp.Other, "Android"),
        new(ClientApp.Safari, "Mac OS X", "Version/", "Safari/"),
    ];

    /// <summary>The first system whose marker is in the User-Agent. Those that pretend to be another one come first.</summary>
    private static readonly Rule<ClientOs>[] Systems =
    [
        new(ClientOs.Harmony, "OpenHarmony"),
        new(ClientOs.Harmony, "ArkWeb/"),
        new(ClientOs.Harmony, "OHOS"),
        new(ClientOs.Other, "Windows Phone"),
        new(ClientOs.Other, "Tizen"),
        // Ahead of Apple's: HiPad, MiPad and NaviPad are tablets with Android.
        new(ClientOs.Android, "Android"),
        new(ClientOs.Android, ";Adr "),
        new(ClientOs.Android, "; Adr "),
        new(ClientOs.Android, "FBAN/FB4A"),
        new(ClientOs.Ipados, "iPad"),
        new(ClientOs.Ios, "iPhone"),
        new(ClientOs.Ios, "iPod"),
        new(ClientOs.Ios, "dv(iPh"),
        // Browsers on iOS that ask for desktop pages call it a Mac.
        new(ClientOs.Ios, "Macintosh", "CriOS/"),
        new(ClientOs.Ios, "Macintosh", "FxiOS/"),
        new(ClientOs.Ios, "Macintosh", "EdgiOS/"),
        new(ClientOs.Ios, "Macintosh", "OPiOS/"),
        new(ClientOs.Ios, "Macintosh", "Mobile/"),
        new(ClientOs.Windows, "Windows"),
        new(ClientOs.Macos, "Macintosh"),
        new(ClientOs.Macos, "Mac_PowerPC"),
        new(ClientOs.Android, "linux; android"),
        new(ClientOs.Android, "linux; u; android"),
        new(ClientOs.Linux, "Linux"),
        new(ClientOs.Linux, "X11"),
    ];

    /// <summary>The systems that agents name which are an app's own, not those of the pages in it.</summary>
    private static readonly Rule<ClientOs>[] SystemsOfApps =
    [
        new(ClientOs.Macos, "Mac OS"),
        new(ClientOs.Macos, "os=Mac"),
        // Apple's network library. On a Mac with Intel's processor it names that; on others it says the same as on a phone.
        new(ClientOs.Macos, "CFNetwork/", "x86_64"),
        new(ClientOs.Macos, "CFNetwork/", "i386"),
        new(ClientOs.Ios, "CFNetwork/", "Darwin/"),
        new(ClientOs.Ios, "iOS"),
        new(ClientOs.Android, "android"),
        new(ClientOs.Windows, "(win"),
        new(ClientOs.Windows, "WinNT"),
    ];

    /// <summary>The systems that <c>Sec-CH-UA-Platform</c> names.</summary>
    private static readonly Rule<ClientOs>[] Platforms =
    [
        new(ClientOs.Android, "Android"),
        new(ClientOs.Harmony, "HarmonyOS"),
        new(ClientOs.Ios, "iOS"),
        new(ClientOs.Macos, "macOS"),
        new(ClientOs.Windows, "Windows"),
        new(ClientOs.Linux, "Linux"),
        new(ClientOs.Linux, "Chrom"),
    ];

    private static readonly SearchValues<string> Televisions = SearchValues.Create(
        ["SMART-TV", "SmartTV", "Smart TV", "HbbTV", "GoogleTV", "Google TV", "Android TV", "AppleTV", "Apple TV", "BRAVIA"], StringComparison.Ordinal);

    private static readonly SearchValues<char> DottedNumber = SearchValues.Create("0123456789.");

    /// <summary>What headers were found to say before: a few thousand agents are most of all requests.</summary>
    private static readonly ConcurrentLru<Hints, Client> Known = new(Environment.ProcessorCount, KnownClients, EqualityComparer<Hints>.Default);

    public static Client Detect(IHeaderDictionary headers)
    {
        var hints = new Hints(Capped(headers.UserAgent), Capped(headers["Sec-CH-UA-Platform"]), Capped(headers["Sec-CH-UA-Mobile"]), Capped(headers["Sec-CH-UA"]), IsPrefetch(headers));
        return Known.GetOrAdd(hints, Read);
    }

    private static Client Read(Hints hints)
    {
        var agent = hints.Agent.AsSpan();
        var app = FirstMatch(Apps, agent);
        var os = FirstMatch(Systems, agent);
        // An Android browser that asks for desktop pages calls itself Linux, but hints at the truth.
        if (os is ClientOs.Other or ClientOs.Linux && FirstMatch(Platforms, hints.Platform) is not ClientOs.Other and var platform)
            os = platform;
        // A request without an agent, or whose agent names neither browser nor system, comes from a program.
        var isNameless = app == ClientApp.Other && os == ClientOs.Other && !agent.StartsWith("Mozilla/", StringComparison.OrdinalIgnoreCase);
        if (os == ClientOs.Other)
            os = FirstMatch(SystemsOfApps, agent);
        return new Client(
            app,
            app is ClientApp.Wechat or ClientApp.WechatMini ? VersionAfter(WechatVersion, agent) : null,
            os,
            DeviceOf(agent, os, hints.Mobile),
            isNameless || Has(hints.Brands, "Headless") || Crawlers.Match(agent, IsNamed(app)),
            hints.IsPrefetch);
    }

    private static ClientDevice DeviceOf(ReadOnlySpan<char> agent, ClientOs os, ReadOnlySpan<char> mobileHint)
    {
        if (mobileHint.SequenceEqual("?1"))
            return ClientDevice.Mobile;
        if (agent.ContainsAny(Televisions))
            return ClientDevice.Other;
        return os switch
        {
            ClientOs.Ios => ClientDevice.Mobile,
            ClientOs.Ipados => ClientDevice.Tablet,
            ClientOs.Android => Has(agent, "Mobile") ? ClientDevice.Mobile : ClientDevice.Tablet,
            ClientOs.Harmony when agent.Contains("(tablet;", StringComparison.OrdinalIgnoreCase) => ClientDevice.Tablet,
            ClientOs.Harmony => Has(agent, "Mobile") || agent.Contains("(phone;", StringComparison.OrdinalIgnoreCase) ? ClientDevice.Mobile : ClientDevice.Desktop,
            ClientOs.Windows or ClientOs.Macos or ClientOs.Linux => ClientDevice.Desktop,
            _ => Has(agent, "Mobile") ? ClientDevice.Mobile : ClientDevice.Other,
        };
    }

    /// <summary>Whether an app says its own name, which programs leave out when they pretend to be a browser.</summary>
    private static bool IsNamed(ClientApp app) => app is not (ClientApp.Other or ClientApp.Chrome or ClientApp.Safari or ClientApp.Edge or ClientApp.Firefox or ClientApp.Opera);

    private static bool IsPrefetch(IHeaderDictionary headers) =>
        SaysPrefetch(headers["Sec-Purpose"]) || SaysPrefetch(headers["Purpose"]) || SaysPrefetch(headers["X-Purpose"]) || SaysPrefetch(headers["X-Moz"]);

    private static bool SaysPrefetch(StringValues header)
    {
        if (header.Count == 0)
            return false;
        var purpose = Capped(header);
        return purpose.Contains("prefetch", StringComparison.OrdinalIgnoreCase) || purpose.Contains("prerender", StringComparison.OrdinalIgnoreCase)
            || purpose.Contains("preview", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The dotted number after the marker; null when there is none of two to four parts.</summary>
    private static Version? VersionAfter(string marker, ReadOnlySpan<char> agent)
    {
        var start = agent.IndexOf(marker, StringComparison.Ordinal);
        if (start < 0)
            return null;
        var number = agent[(start + marker.Length)..];
        var end = number.IndexOfAnyExcept(DottedNumber);
        return Version.TryParse(end < 0 ? number : number[..end], out var version) ? version : null;
    }

    private static T FirstMatch<T>(Rule<T>[] rules, ReadOnlySpan<char> text)
        where T : struct
    {
        foreach (var rule in rules)
        {
            if (rule.Fits(text))
                return rule.Result;
        }
        return default;
    }

    private static string Capped(StringValues header)
    {
        var text = header.ToString();
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }

    private static bool Has(ReadOnlySpan<char> text, string marker) => text.Contains(marker, StringComparison.Ordinal);

    /// <summary>All that is read of a request.</summary>
    private readonly record struct Hints(string Agent, string Platform, string Mobile, string Brands, bool IsPrefetch);

    private sealed class Rule<T>(T result, params string[] markers)
        where T : struct
    {
        public T Result { get; } = result;

        public bool Fits(ReadOnlySpan<char> text)
        {
            foreach (var marker in markers)
            {
                if (!Has(text, marker))
                    return false;
            }
            return true;
        }
    }
}
