using ShareLinks.Resolving;

namespace ShareLinks.Simulation;

/// <summary>Where links are shared, and in which apps they are opened from there.</summary>
/// <param name="Name">The channel.</param>
/// <param name="Share">Its share of all shares, from 0 to 1.</param>
/// <param name="HalfLife">The time after which a share gets half as many openings.</param>
/// <param name="Computers">The fraction of its openings on computers.</param>
/// <param name="Referrer">The host in the Referer header; null when there is none.</param>
/// <param name="Apps">The apps with their fractions; null is the system's browser.</param>
internal sealed record Channel(string Name, double Share, TimeSpan HalfLife, double Computers, string? Referrer, Weighted<(ClientApp? App, double Part)> Apps)
{
    public static Channel Poster { get; } = Of("poster", 0.06, 240, 0, null, (ClientApp.Wechat, 0.68), (ClientApp.Alipay, 0.14), (null, 0.18));

    public static IReadOnlyList<Channel> All { get; } =
    [
        Of("wechat", 0.36, 14, 0.04, null, (ClientApp.Wechat, 0.9), (ClientApp.WechatMini, 0.04), (null, 0.06)),
        Of("wechat_moments", 0.15, 24, 0.01, null, (ClientApp.Wechat, 0.95), (null, 0.05)),
        Of("qq", 0.09, 14, 0.05, null, (ClientApp.Qq, 0.84), (ClientApp.QqBrowser, 0.06), (null, 0.1)),
        Of("douyin", 0.09, 60, 0, null, (ClientApp.Douyin, 0.86), (ClientApp.DouyinMini, 0.04), (null, 0.1)),
        Of("weibo", 0.06, 30, 0.1, "weibo.com", (ClientApp.Weibo, 0.8), (null, 0.2)),
        Of("xiaohongshu", 0.09, 96, 0, null, (ClientApp.Xiaohongshu, 0.8), (null, 0.2)),
        Of("alipay", 0.03, 30, 0, null, (ClientApp.Alipay, 0.86), (ClientApp.AlipayMini, 0.08), (null, 0.06)),
        Of("web", 0.07, 200, 0.42, "www.baidu.com", (null, 0.94), (ClientApp.Baidu, 0.06)),
        Poster,
    ];

    /// <summary>How many more openings a share gets at first than one with a half-life of a day: a short half-life means early openings.</summary>
    public double Haste => Math.Pow(TimeSpan.FromDays(1) / HalfLife, 0.85);

    private static readonly Weighted<Channel> Shared = new(All, channel => channel.Share);

    private static readonly Weighted<ClientApp> AndroidBrowsers = new(
        [ClientApp.Chrome, ClientApp.HuaweiBrowser, ClientApp.XiaomiBrowser, ClientApp.OppoBrowser, ClientApp.VivoBrowser, ClientApp.Uc, ClientApp.Quark],
        browser => browser is ClientApp.Chrome or ClientApp.HuaweiBrowser or ClientApp.XiaomiBrowser ? 2 : 1);

    private static readonly Weighted<ClientApp> ComputerBrowsers = new(
        [ClientApp.Chrome, ClientApp.Edge, ClientApp.Firefox], browser => browser switch { ClientApp.Chrome => 6, ClientApp.Edge => 3, _ => 1 });

    private static readonly Version Wechat = new(8, 0, 50);

    /// <summary>A channel to share on.</summary>
    public static Channel Next(Dice dice) => Shared.Pick(dice);

    /// <summary>The client with which a person opens a link of this channel, as <see cref="ClientDetector"/> reports it.</summary>
    public Client ClientOf(SimulatedPerson person, Dice dice)
    {
        var os = dice.Chance(Computers) ? person.Computer : person.Phone;
        var app = Apps.Pick(dice).App ?? os switch
        {
            ClientOs.Ios or ClientOs.Ipados => ClientApp.Safari,
            ClientOs.Harmony => ClientApp.HuaweiBrowser,
            ClientOs.Android => AndroidBrowsers.Pick(dice),
            _ => ComputerBrowsers.Pick(dice),
        };
        var device = os switch { ClientOs.Ios or ClientOs.Android or ClientOs.Harmony => ClientDevice.Mobile, ClientOs.Ipados => ClientDevice.Tablet, _ => ClientDevice.Desktop };
        return new Client(app, app is ClientApp.Wechat or ClientApp.WechatMini ? Wechat : null, os, device, IsBot: false, IsPrefetch: false);
    }

    private static Channel Of(string name, double share, double halfLifeHours, double computers, string? referrer, params (ClientApp? App, double Part)[] apps) =>
        new(name, share, TimeSpan.FromHours(halfLifeHours), computers, referrer, new Weighted<(ClientApp? App, double Part)>(apps, app => app.Part));
}
