using System.Diagnostics;
using System.Text.Json;
using static ShareLinks.Resolving.ClientApp;
using static ShareLinks.Resolving.ClientOs;

namespace ShareLinks.Resolving;

/// <summary>What works where: for each app and system, whether to send a visitor on to the web page, and which ways on a landing page offers.</summary>
/// <remarks>The first row that fits decides. Thread-safe.</remarks>
public sealed class RouteTable
{
    private static readonly ClientOs[] Phones = [Ios, Ipados, ClientOs.Android, Harmony];
    private static readonly Version UniversalLinksInWechat = new(7, 0, 5);

    /// <summary>
    /// The product's own rows, from what vendors and developers have published about these apps. Where nothing settles whether an app lets others
    /// be opened (Douyin, Kuaishou, DingTalk and more), a page that guides people out of it is right in any case.
    /// </summary>
    private static readonly RouteRow[] Own =
    [
        // A mini program's page leads to no address outside; the passphrase does.
        new("wechat_mini_program", [WechatMini], [], null, RouteAction.Page, [Way.Copy]),
        new("wechat_ios", [Wechat], [Ios, Ipados], UniversalLinksInWechat, RouteAction.Page, [Way.UniversalLink, Way.WechatUrlLink, Way.OpenInBrowser, Way.Copy]),
        new("wechat", [Wechat, Wecom], Phones, null, RouteAction.Page, [Way.WechatUrlLink, Way.OpenInBrowser, Way.Copy]),
        // QQ blocks Universal Links on iOS, and all but its own on Android.
        new("qq_ios", [Qq], [Ios, Ipados], null, RouteAction.Page, [Way.Scheme, Way.OpenInBrowser, Way.Copy, Way.Store]),
        new("qq", [Qq], Phones, null, RouteAction.Page, [Way.OpenInBrowser, Way.Copy, Way.Store]),
        new("qq_browser_ios", [QqBrowser], [Ios, Ipados], null, RouteAction.Auto, [Way.Scheme, Way.Store, Way.Web, Way.Copy]),
        new("alipay", [Alipay, AlipayMini], [], null, RouteAction.Auto, [Way.AlipayScheme, Way.Web, Way.Copy]),
        new("guide_out", [Weibo, Dingtalk, Douyin, DouyinMini, Toutiao, Feishu, Kuaishou, Xiaohongshu, Taobao, Xianyu], Phones, null, RouteAction.Page,
            [Way.Copy, Way.OpenInBrowser, Way.Store]),
        new("baidu_android", [Baidu], [ClientOs.Android, Harmony], null, RouteAction.Page, [Way.Copy, Way.OpenInBrowser, Way.Store]),
        new("ios", [], [Ios, Ipados], null, RouteAction.Auto, [Way.UniversalLink, Way.Scheme, Way.Store, Way.WechatScheme, Way.AlipayWeb, Way.Web, Way.Copy]),
        new("android_chrome", [Chrome, Edge, Opera, SamsungBrowser], [ClientOs.Android], null, RouteAction.Auto,
            [Way.Intent, Way.Store, Way.WechatScheme, Way.AlipayWeb, Way.Web, Way.Copy]),
        new("android", [], [ClientOs.Android], null, RouteAction.Auto, [Way.Scheme, Way.Store, Way.WechatScheme, Way.AlipayWeb, Way.Web, Way.Copy]),
        new("harmony", [], [Harmony], null, RouteAction.Auto, [Way.AppLinking, Way.AlipayWeb, Way.Web, Way.Copy]),
        new("desktop", [], [ClientOs.Windows, Macos, ClientOs.Linux], null, RouteAction.Auto, [Way.Web, Way.Qr]),
        new("other", [], [], null, RouteAction.Redirect, [Way.Web, Way.Copy]),
    ];

    private readonly RouteRow[] rows;

    /// <exception cref="ArgumentException">A row is wrong; the message names it.</exception>
    public RouteTable(IEnumerable<RouteRowOptions> options)
    {
        var table = Own.ToList();
        var added = 0;
        foreach (var row in options.Select(Read))
        {
            var replaced = table.FindIndex(own => own.Name == row.Name);
            if (replaced >= 0)
                table[replaced] = row;
            else
                table.Insert(added++, row);
        }
        if (table[^1] is not { Apps.Count: 0, Systems.Count: 0, MinVersion: null })
            throw new ArgumentException($"ShareLinks:Routes has a row '{table[^1].Name}' in the place of the last, which must fit every app and system.");
        rows = [.. table];
    }

    /// <summary>The row for a client; there always is one, since the last fits all.</summary>
    public RouteRow Find(Client client)
    {
        foreach (var row in rows)
        {
            if (row.Fits(client))
                return row;
        }
        throw new UnreachableException();
    }

    private static RouteRow Read(RouteRowOptions options, int index)
    {
        var place = $"ShareLinks:Routes:{index}";
        if (options.Name is not { Length: > 0 and <= 32 } name || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            throw new ArgumentException($"{place}:Name must be 1 to 32 of a-z, 0-9 and _.");
        var ways = ReadAll<Way>(options.Ways, $"{place}:Ways");
        if (ways.Length == 0)
            throw new ArgumentException($"{place}:Ways must name one way or more: {Names<Way>()}.");
        Version? minVersion = null;
        if (options.MinVersion is not null && !Version.TryParse(options.MinVersion, out minVersion))
            throw new ArgumentException($"{place}:MinVersion must be a version, such as 7.0.5.");
        var apps = ReadAll<ClientApp>(options.Apps, $"{place}:Apps");
        if (minVersion is not null && (apps.Length == 0 || !Array.TrueForAll(apps, app => app is Wechat or WechatMini)))
            throw new ArgumentException($"{place}:MinVersion is for rows of wechat and wechat_mini alone.");
        return new RouteRow(
            name, apps, ReadAll<ClientOs>(options.Systems, $"{place}:Systems"), minVersion,
            ReadOne<RouteAction>(options.Action ?? "", $"{place}:Action"), ways);
    }

    private static T[] ReadAll<T>(IEnumerable<string> names, string place)
        where T : struct, Enum => [.. names.Select(name => ReadOne<T>(name, place))];

    private static T ReadOne<T>(string name, string place)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Name(value) == name)
                return value;
        }
        throw new ArgumentException($"{place} has '{name}', which is none of {Names<T>()}.");
    }

    private static string Names<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Name));

    /// <summary>A value's name in settings and answers: <c>universal_link</c>.</summary>
    internal static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

/// <summary>A row of the route table.</summary>
/// <param name="Name">Names it in decisions and settings.</param>
/// <param name="Apps">The apps it is for; any when empty.</param>
/// <param name="Systems">The systems it is for; any when empty.</param>
/// <param name="MinVersion">The oldest version of WeChat.</param>
/// <param name="Action">Whether to redirect.</param>
/// <param name="Ways">Ways on, the main one first.</param>
public sealed record RouteRow(string Name, IReadOnlyList<ClientApp> Apps, IReadOnlyList<ClientOs> Systems, Version? MinVersion, RouteAction Action, IReadOnlyList<Way> Ways)
{
    /// <summary>Whether the page's own address is to carry the visit, so that it goes on in the browser.</summary>
    public bool CarriesVisit => Ways.Contains(Way.OpenInBrowser);

    internal bool Fits(Client client) => (Apps.Count == 0 || Apps.Contains(client.App)) && (Systems.Count == 0 || Systems.Contains(client.Os))
        && (MinVersion is null || client.AppVersion >= MinVersion);
}

public enum RouteAction
{
    /// <summary>On to the web page at once.</summary>
    Redirect,

    /// <summary>A landing page.</summary>
    Page,

    /// <summary>A landing page when it has more to offer than the web page and a text to copy.</summary>
    Auto,
}
