using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ShareLinks.Attribution;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Minting;
using ShareLinks.Qr;
using ShareLinks.Reporting;
using ShareLinks.Rollups;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Codes;

/// <summary>All that reads what people type, paste and send: whatever the text, it is read or refused, and nothing throws.</summary>
public class HostileTextProperties
{
    private static readonly IdScrambler Scrambler = new(CodeKey.Development);
    private static readonly ShortCodes Codes = new(CodeKey.Development, Scrambler);
    private static readonly PassphraseTokens Tokens = new([CodeKey.Development.Derive("tokens", 32)], Scrambler);
    private static readonly ClickIdCodes ClickIds = new(CodeKey.Development);
    private static readonly CodeScanner Scanner = new(Codes, Tokens, ClickIds, new Lazy<IReadOnlyList<string>>(["s.example"]));
    private static readonly ReportingZone Zone = ReportingZone.Find(ReportingZone.Default)!;
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    private static readonly string Code = Codes.Encode(new LinkId(4711));
    private static readonly string Token = Tokens.Encode(new LinkId(4711));
    private static readonly string ClickId = ClickIds.Encode(new ClickId(1, 2, 3));

    private static readonly string[] Samples =
    [
        Code, Token, PassphraseTokens.Group(Token), ClickId, $"https://s.example/{Code}~{ClickId}", $"【闲置集市】https://s.example/{Code} ￥{PassphraseTokens.Group(Token)}￥「Lamp」 复制整段话",
        $"HTTPS://S.EXAMPLE/Q/{Token}", "1-2-3", "ff8800", "2026-11-24", "2026-11-24T18:00:00+08:00", "https://market.example/item/{listingId}?clickId={clickId}", "【{brand}】{url} ￥{token}￥[「{title}」]",
        """{"listingId":"item-1","listing":{"title":"Lamp","price":12.5,"currency":"CNY"},"tags":{"group":"g-1"}}""", "tag:group=g-1", "placement:hz-market/*",
    ];

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        var texts = Gen.Frequency((1, Hostile.Text), (2, Hostile.Damaged(Samples)));
        Prop.ForAll(Arb.From(texts), Read).Check(Config.QuickThrowOnFailure.WithMaxTest(Scale.Of(100_000)).WithEndSize(60));
    }

    private static void Read(string text)
    {
        if (Codes.TryDecode(text, out var link))
            Assert.Equal(text, Codes.Encode(link));
        if (ClickIds.TryDecode(text, out var click))
            Assert.Equal(text, ClickIds.Encode(click));
        if (Base62.TryDecode(text, out var number))
            Assert.Equal(text, Base62.Encode(number, text.Length));
        if (FeedCursor.TryParse(text, out var cursor))
            Assert.True(FeedCursor.TryParse(cursor.ToString(), out var same) && same == cursor);
        _ = Tokens.TryDecode(text, out _);
        _ = CodeKey.TryParse(text);
        _ = Rgb.TryParse(text);
        _ = Zone.TryParse(text, out _);
        _ = DestinationTemplate.TryParse(text, allowHttp: false, out _);
        _ = ShareTextTemplate.TryParse(text, out _);
        DayRange.Parse(text, text, Zone, Now);
        PathScope.Parse(text, text, text, text);
        JsonBody.Parse(Encoding.UTF8.GetBytes(text), MintingJson.Instance.MintRequest);
        DisplayTitle.Clean(text, 30);
        if (Encoding.UTF8.GetByteCount(text) <= CodeScanner.MaxBytes)
            Scanner.Scan(text);
        Scanner.ReadGlued(text);
        Scanner.ReadGluedToken(text);
    }

    [Fact]
    public void Whatever_is_glued_behind_a_code_or_a_token_is_told_from_it()
    {
        Prop.ForAll(Arb.From(Hostile.Text), rest =>
        {
            var isGlued = rest.Length == 0 || !char.IsAsciiLetterOrDigit(rest[0]);
            // ASCII letters and digits make another name; an accent behind one makes it another letter.
            if (!isGlued && !rest.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or '!'))
                return;
            Assert.Equal(isGlued ? new LinkId(4711) : null, Scanner.ReadGlued(Code + rest)?.Link);
            Assert.Equal(isGlued ? new LinkId(4711) : null, Scanner.ReadGluedToken(Token + rest));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Scale.Of(100_000)).WithEndSize(60));
    }
}
