using ShareLinks.Codes;

namespace ShareLinks.Tests.Resolving;

/// <summary>A link as people paste it.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Token">Its token, in groups of four.</param>
/// <param name="Text">Its share text in Chinese.</param>
internal sealed record PastedLink(string Code, string Token, string Text)
{
    public const string Host = "s.example";
    public const string FormerHost = "old.example";
    public const string Alias = "summer-sale";

    /// <summary>Its first eight letters decode, under the development key.</summary>
    public const string LongAlias = "zakyaolgondx";

    public string Url => $"https://{Host}/{Code}";

    /// <summary>The token's twelve symbols.</summary>
    public string Symbols => Token.Replace("-", "", StringComparison.Ordinal);

    public string Qr => $"https://{Host}/Q/{Symbols}";

    /// <summary>The token with one symbol replaced.</summary>
    public string With(int place, char symbol) => $"{Symbols[..place]}{symbol}{Symbols[(place + 1)..]}";
}

/// <summary>Texts as they arrive in the marketplace's app. "Seen" names where a damage or shape was seen in the wild.</summary>
internal static class PastedTexts
{
    private static readonly string FullWidthZero = "０";

    /// <summary>Each damage, the form that the link is found in, and whether it takes a repair.</summary>
    public static IEnumerable<(string Damage, Func<PastedLink, string> Text, string Form, bool IsRepaired)> Damaged { get; } =
    [
        // As it was written.
        ("none: the share text", link => link.Text, "url", false),
        ("none: the address alone (WeChat Moments)", link => link.Url, "url", false),
        ("none: the token alone, typed from a phone call", link => link.Token, "token", false),
        ("none: the QR picture's address, read by a scanner", link => link.Qr, "qr", false),
        ("none: an alias", _ => $"https://{PastedLink.Host}/{PastedLink.Alias}", "alias", false),

        // Addresses: how chats and browsers change them.
        ("no scheme, as browsers show it", link => $"看看 {PastedLink.Host}/{link.Code}", "url", false),
        ("http for https", link => $"http://{PastedLink.Host}/{link.Code}", "url", false),
        ("upper-case scheme and host", link => $"HTTPS://S.EXAMPLE/{link.Code}", "url", false),
        ("a former host", link => $"https://{PastedLink.FormerHost}/{link.Code}", "url", false),
        ("a former host's QR picture, all in capitals", link => $"HTTPS://OLD.EXAMPLE/Q/{link.Symbols}", "qr", false),
        ("percent-encoded (in another address's query)", link => $"https://link.example/?target={Uri.EscapeDataString(link.Url)}&x=1", "url", false),
        ("percent-encoded twice", link => $"https://a.example/?u={Uri.EscapeDataString("https://b.example/?v=" + Uri.EscapeDataString(link.Url))}", "url", false),
        ("a mini program's q parameter (WeChat)", link => $"pages/item?q={Uri.EscapeDataString(link.Qr)}&scancode_time=1700000000", "qr", false),
        ("split by a line break in the code", link => $"https://{PastedLink.Host}/{link.Code[..4]}\n{link.Code[4..]}", "url", false),
        ("split by a line break in the host", link => $"https://s.exam\nple/{link.Code}", "url", false),
        ("split by a CRLF and an indent", link => $"> https://{PastedLink.Host}/\r\n  {link.Code}", "url", false),
        ("split by spaces", link => $"https://{PastedLink.Host} / {link.Code[..5]} {link.Code[5..]}", "url", false),
        ("followed by a Chinese full stop", link => $"链接{link.Url}。好用", "url", false),
        ("followed by a Chinese comma", link => $"{link.Url}，点开", "url", false),
        ("glued to Chinese before and after", link => $"快看{link.Url}复制打开", "url", false),
        ("in brackets", link => $"（{link.Url}）", "url", false),
        ("in angle brackets (mail)", link => $"<{link.Url}>", "url", false),
        ("in typographic quotes", link => $"“{link.Url}”", "url", false),
        ("followed by an exclamation mark and emoji", link => $"{link.Url}!🔥🔥", "url", false),
        ("with a slash at its end", link => $"{link.Url}/", "url", false),
        ("with a query that an app added (?from=singlemessage, seen: WeChat)", link => $"{link.Url}?from=singlemessage&isappinstalled=0", "url", false),
        ("with a fragment", link => $"{link.Url}#wechat_redirect", "url", false),
        ("the picture's address for the link's", link => $"{link.Url}/qr.png", "url", false),
        ("in Markdown (seen: Douyin's share texts on GitHub)", link => $"[**{link.Url}/**]({link.Url}/)", "url", false),
        ("escaped by Markdown", link => $"https://s\\.example/{link.Code}", "url", false),
        ("escaped by JSON", link => $"{{\"url\":\"https:\\/\\/{PastedLink.Host}\\/{link.Code}\"}}", "url", false),
        ("HTML entities for slash and full stop", link => $"https:&#x2F;&#x2F;s&#46;example&#x2F;{link.Code}", "url", false),
        ("an ampersand entity in a wrapping address", link => $"https://a.example/?x=1&amp;u={Uri.EscapeDataString(link.Url)}", "url", false),
        ("full-width letters and marks (input methods)", link => FullWidth(link.Url), "url", false),
        ("an ideographic full stop in the host (input methods)", link => $"https://s。example/{link.Code}", "url", false),
        ("zero-width spaces (seen: copied from web pages)", link => string.Join('\u200b', link.Url.ToCharArray()), "url", false),
        ("soft hyphens", link => $"https://s.exam\u00adple/{link.Code[..3]}\u00ad{link.Code[3..]}", "url", false),
        ("a byte order mark before it", link => $"\ufeff{link.Url}", "url", false),
        ("a byte order mark read the wrong way round", link => $"\ufffe{link.Url}", "url", false),
        ("direction marks around it", link => $"\u202a{link.Url}\u202c", "url", false),
        ("non-breaking spaces around it", link => $"\u00a0{link.Url}\u00a0", "url", false),
        ("an alias glued to Chinese", _ => $"打开https://{PastedLink.Host}/{PastedLink.Alias}看看", "alias", false),
        ("an alias in Markdown's underscores", _ => $"_https://{PastedLink.Host}/{PastedLink.Alias}_", "alias", false),
        ("an alias in double underscores, without its scheme", _ => $"看__{PastedLink.Host}/{PastedLink.Alias}__", "alias", false),
        ("an alias behind a list's dash, without its scheme", _ => $"-{PastedLink.Host}/{PastedLink.Alias}", "alias", false),
        ("an alias with two dashes behind it", _ => $"https://{PastedLink.Host}/{PastedLink.Alias}--看", "alias", false),
        ("an alias that begins like a code, in underscores", _ => $"_https://{PastedLink.Host}/{PastedLink.LongAlias}_", "alias", false),
        ("a code in underscores, without its scheme", link => $"_{PastedLink.Host}/{link.Code}_", "url", false),
        // Proofpoint's URL Defense: version 2 writes - for the percent sign and _ for the slash; version 3 puts the address between underscores.
        // https://help.proofpoint.com/Threat_Insight_Dashboard/API_Documentation/URL_Decoder_API, urldecode.py
        ("rewritten by a mail filter (Proofpoint 2)", link => $"https://urldefense.proofpoint.com/v2/url?u=https-3A__{PastedLink.Host}_{link.Code}&d=DwMFaQ&c=euGZstcaTDllvimEN8b7jXrwqOf-v5A_CdpgnVfiiMM&r=kVsWz", "url", false),
        ("an alias, rewritten by a mail filter (Proofpoint 2)", _ => $"https://urldefense.proofpoint.com/v2/url?u=http-3A__{PastedLink.Host}_{Proofpoint2(PastedLink.Alias)}&d=DwMFaQ", "alias", false),
        ("a QR picture's address, rewritten by a mail filter (Proofpoint 2)", link => $"https://urldefense.proofpoint.com/v2/url?u=https-3A__{PastedLink.Host}_Q_{link.Symbols}&d=DwMFaQ", "qr", false),
        ("rewritten by a mail filter, in another address's query (Proofpoint 2)", link => $"https://a.example/?u={Uri.EscapeDataString($"https://urldefense.proofpoint.com/v2/url?u=https-3A__{PastedLink.Host}_{link.Code}&d=DwMFaQ")}", "url", false),
        ("rewritten by a mail filter (Proofpoint 3)", link => $"https://urldefense.com/v3/__{link.Url}__;!!GjvTz_vk!WmZ1X-q$", "url", false),
        ("an alias, rewritten by a mail filter (Proofpoint 3)", _ => $"https://urldefense.com/v3/__https://{PastedLink.Host}/{PastedLink.Alias}__;!!GjvTz_vk!WmZ1X-q$", "alias", false),
        ("a visit's id cut short", link => $"{link.Url}~0123456789", "url", false),
        ("a visit's id made up", link => $"{link.Url}~0123456789ABCDEFGHijkl", "url", false),

        ("invisible characters beyond the first plane", link => $"https://s.exa\U000e0100mple/{link.Code[..4]}\U000e0041{link.Code[4..]}", "url", false),
        ("full-width percent signs", link => Uri.EscapeDataString(link.Url).Replace('%', '％'), "url", false),
        ("the scheme's port", link => $"https://{PastedLink.Host}:443/{link.Code}", "url", false),
        ("two slashes before the code", link => $"https://{PastedLink.Host}//{link.Code}", "url", false),
        ("the host's final dot", link => $"https://{PastedLink.Host}./{link.Code}", "url", false),
        ("an enumeration comma for a slash (input methods)", link => $"{PastedLink.Host}、{link.Code}", "url", false),
        ("code units of JSON", link => $"\\u6253\\u5f00{link.Url}\\uff0c", "url", false),
        ("a line break's escape before it", link => $"\\n{PastedLink.Host}/{link.Code}", "url", false),
        ("a quoted-printable line's end in the code", link => $"https://{PastedLink.Host}/{link.Code[..5]}=\r\n{link.Code[5..]}", "url", false),
        ("a mail's quoted lines", link => $"> https://{PastedLink.Host}/{link.Code[..5]}\n> {link.Code[5..]}", "url", false),
        ("an alias that begins like a code", _ => $"https://{PastedLink.Host}/{PastedLink.LongAlias}", "alias", false),

        // Addresses past saving: the token stands in.
        ("the address in lower case (changed by a keyboard)", link => link.Text.Replace(link.Url, link.Url.ToLowerInvariant() + "x", StringComparison.Ordinal), "token", false),
        ("the address removed (apps that block links)", link => link.Text.Replace(link.Url, "[链接已屏蔽]", StringComparison.Ordinal), "token", false),
        ("the address cut in the code", link => link.Text.Replace(link.Url, link.Url[..^3], StringComparison.Ordinal), "token", false),

        // Tokens: case, width, delimiters, separators.
        ("token in lower case", link => link.Token.ToLowerInvariant(), "token", false),
        ("token without dashes", link => link.Symbols, "token", false),
        ("token with O for 0 and I for 1", link => link.Token.Replace('0', 'O').Replace('1', 'I'), "token", false),
        ("token with o for 0 and l for 1", link => link.Token.ToLowerInvariant().Replace('0', 'o').Replace('1', 'l'), "token", false),
        ("token in full width", link => FullWidth(link.Token), "token", false),
        ("token in mathematical bold (seen: names in Chinese chats)", link => string.Concat(link.Symbols.Select(c => char.IsAsciiDigit(c) ? char.ConvertFromUtf32(0x1d7ce + c - '0') : char.ConvertFromUtf32(0x1d400 + c - 'A'))), "token", false),
        ("token with spaces for dashes", link => link.Token.Replace('-', ' '), "token", false),
        ("token with em dashes", link => link.Token.Replace('-', '—'), "token", false),
        ("token with dots", link => link.Token.Replace('-', '.'), "token", false),
        ("token with spaces around its dashes", link => link.Token.Replace("-", " - ", StringComparison.Ordinal), "token", false),
        ("token split by a line break", link => link.Token.Replace("-", "-\n", StringComparison.Ordinal), "token", false),
        ("token split inside a group", link => $"￥{link.Token[..6]} {link.Token[6..]}￥", "token", false),
        ("token with zero-width joiners", link => string.Join('\u200d', link.Token.ToCharArray()), "token", false),
        ("euro delimiters (seen: Taobao)", link => $"€{link.Token}€", "token", false),
        ("mixed delimiters (seen: Taobao)", link => $"fu置本段内容₤{link.Symbols}₤咑幵", "token", false),
        ("nested delimiters", link => $"《￥{link.Token}￥》", "token", false),
        ("a delimiter on one side", link => $"￥{link.Token} 复制", "token", false),
        ("emoji delimiters", link => $"🔑{link.Token}🔑", "token", false),
        ("Cyrillic delimiters (seen: Douyin on iOS)", link => $"Э{link.Symbols}Э", "token", false),
        ("slash delimiters", link => $"/{link.Token}/", "token", false),
        ("entity delimiters", link => $"&yen;{link.Token}&yen;", "token", false),
        ("glued to Chinese", link => $"口令{link.Token}复制打开", "token", false),
        ("glued to Chinese, without dashes", link => $"口令{link.Symbols}复制打开", "token", false),
        ("code units around a token", link => $"\\uffe5{link.Token}\\uffe5", "token", false),
        ("long vowel marks for dashes (Japanese keyboards)", link => link.Token.Replace('-', 'ー'), "token", false),
        ("the character for one for dashes (Chinese keyboards)", link => link.Token.Replace('-', '一'), "token", false),
        ("in bold (Markdown)", link => $"**{link.Token}**", "token", false),
        ("bare, in an English sentence", link => $"use {link.Token} please, it is a lamp", "token", false),

        // One symbol is wrong: found again by its check symbols.
        ("a wrong symbol in the first group", link => $"￥{Group(link.With(1, Other(link.Symbols[1])))}￥", "token", true),
        ("a wrong check symbol", link => $"￥{Group(link.With(11, Other(link.Symbols[11])))}￥", "token", true),
        ("a letter that is no symbol (U for V)", link => $"￥{Group(link.With(5, 'U'))}￥", "token", true),
        ("a missing symbol", link => $"￥{link.Token[..6]}{link.Token[7..]}￥", "token", true),
        ("a symbol lost to a space", link => $"￥{link.Token[..6]} {link.Token[7..]}￥", "token", true),
        ("a symbol masked by a star (chat filters)", link => $"￥{link.Token[..6]}*{link.Token[7..]}￥", "token", true),
        ("a symbol masked by an emoji", link => $"{link.Token[..6]}😀{link.Token[7..]}", "token", true),
        ("a symbol lost in a wrong encoding", link => $"￥{link.Token[..6]}\ufffd{link.Token[7..]}￥", "token", true),
        ("a symbol turned into a Cyrillic one", link => $"￥{link.Token[..6]}А{link.Token[7..]}￥", "token", true),
        ("a wrong symbol, with slashes for dashes", link => Group(link.With(6, Other(link.Symbols[6]))).Replace('-', '/'), "token", true),
        ("a wrong symbol amid words, its marks lost", link => $"use {Group(link.With(3, Other(link.Symbols[3]))).Replace('-', ' ')} please, iPhone 13 128G", "token", true),
        ("an extra symbol", link => $"￥{link.Token[..3]}{Other(link.Token[3])}{link.Token[3..]}￥", "token", true),
        ("a doubled symbol", link => $"￥{link.Token[..3]}{link.Token[2]}{link.Token[3..]}￥", "token", true),
        ("two neighbours that changed places", link => Swapped(link.Symbols), "token", true),
        ("a wrong symbol, typed with spaces", link => Group(link.With(7, Other(link.Symbols[7]))).Replace('-', ' '), "token", true),
        ("a wrong symbol in a text without its address", link => link.Text.Replace(link.Url, "", StringComparison.Ordinal).Replace(link.Token, Group(link.With(4, Other(link.Symbols[4]))), StringComparison.Ordinal), "token", true),
        ("a wrong symbol in a QR picture's address, typed off a poster", link => $"{PastedLink.Host}/Q/{link.With(9, Other(link.Symbols[9]))}", "token", true),
    ];

    /// <summary>Texts with no code of this service's in them, however much like one they look. Sources of share texts: the platforms' own samples.</summary>
    public static IReadOnlyList<string> Innocent { get; } =
    [
        "【闲鱼】https://m.tb.cn/h.7n1phWg?tk=NR6qUUIijAm HU591 「我在闲鱼发布了【九成新台灯】」\n点击链接直接打开",
        "￥YrFL07W19G6￥",
        "€akuVc4tENOl€",
        "fu置本段内容₤qQkYcb86z2d₤咑幵τao寶",
        "【京东】https://3.cn/21E-LEnN台灯 点击链接直接打开",
        "5.15 trR:/ 复制打开抖音，看看【小明的作品】 https://v.douyin.com/6DuXhG5/",
        "ЭGaNlj6lqVQVFv8Э",
        "https://v.kuaishou.com/2xp8rig 长按复制此条消息，打开【快手】直接观看！",
        "#小程序://小程序示例/示例页面/9pZvnVw3KMCQpVp",
        "13812345678",
        "+86 138 1234 5678",
        "010-8888-6666",
        "订单号 202611220001234567",
        "快递单号 SF1234567890123",
        "YT8888888888888",
        "4006-666-888 转 8012",
        "6222 0202 0001 2345 678",
        "550e8400-e29b-41d4-a716-446655440000",
        "d41d8cd98f00b204e9800998ecf8427e",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "AA:BB:CC:DD:EE:FF",
        "192.168.100.200:8080",
        "2026-11-22 21:52:50",
        "¥2399.00 包邮",
        "$1,299.99",
        "微信号 wxid_8a7b6c5d4e3f",
        "ISBN 978-7-111-40701-0",
        "车牌 浙A·12345",
        "iPhone 13 Pro Max 256GB 远峰蓝",
        "索尼 WH-1000XM5 降噪耳机 99新",
        "MacBook Pro M3 16GB+512GB A2918",
        "Thinkpad X1 Carbon Gen11 i7-1365U",
        "今天天气不错，下午一起去西湖边走走吧，记得带上相机。",
        "转让一台九成新的台灯，杭州自提，非诚勿扰。",
        "Would anybody like to buy a lamp, a chair and two tables on Sunday?",
        "The quick brown fox jumps over the lazy dog while nobody is watching.",
        "hello world ok",
        "international",
        "见面聊，地址：文三路 478 号 3 幢 1102 室",
        "验证码 482913，5 分钟内有效",
        "https://www.example.com/item/AbC3dE9kQ?id=1001",
        "https://s.example.evil.test/AbC3dE9kQ",
        "https://evils.example/AbC3dE9kQ",
        "https://s.example/",
        "s.example",
        "https://s.example/no-such-alias",
        "_https://s.example/no-such-alias_",
        "https://my-s.example/AbC3dE9kQ",
        "https://my_s.example/AbC3dE9kQ",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.com_AbC3dE9kQ&d=DwMFaQ",
        "RFC 9457 / ISO 4217 / GB 18030-2022",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "😀😀😀😀😀😀😀😀😀😀😀😀",
        "口令红包：恭喜发财大吉大利",
        "7K2M",
        "7K2M-9QXA",
    ];

    public static string Group(string symbols) => PassphraseTokens.Group(symbols);

    public static char Other(char symbol) => symbol == '7' ? '8' : '7';

    private static string Swapped(string symbols)
    {
        var place = Enumerable.Range(0, symbols.Length - 1).First(i => symbols[i] != symbols[i + 1]);
        return $"{symbols[..place]}{symbols[place + 1]}{symbols[place]}{symbols[(place + 2)..]}";
    }

    private static string Proofpoint2(string path) => path.Replace("-", "-2D", StringComparison.Ordinal).Replace("_", "-5F", StringComparison.Ordinal);

    private static string FullWidth(string text) => string.Concat(text.Select(c => c is > ' ' and <= '~' ? (char)(c - '0' + FullWidthZero[0]) : c));
}
