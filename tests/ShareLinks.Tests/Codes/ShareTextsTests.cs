using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ShareLinks.Codes;
using ShareLinks.Tests.Resolving;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Codes;

public class ShareTextsTests
{
    private static readonly IdScrambler Scrambler = new(CodeKey.Development);
    private static readonly ShortCodes Codes = new(CodeKey.Development, Scrambler);
    private static readonly PassphraseTokens Tokens = new([CodeKey.Development.Derive("tokens", 32)], Scrambler);
    private static readonly ClickIdCodes ClickIds = new(CodeKey.Development);
    private static readonly Lazy<IReadOnlyList<string>> Authorities = new(() => [PastedLink.Host, PastedLink.FormerHost]);
    private static readonly CodeScanner Scanner = new(Codes, Tokens, ClickIds, Authorities);
    private static readonly ShareTextGrammar Grammar = new(Authorities);
    private static readonly ShareTexts Texts = new(new ShareTextOptions(), [new("zh-CN", "闲置集市"), new("en", "Marketplace")], Tokens, Scanner, Grammar);
    private static readonly LinkId Link = new(1);

    private static ShareTextParts Parts(string? title = null, string? channel = null) =>
        new($"https://{PastedLink.Host}/{Codes.Encode(Link)}", Tokens.Encode(Link), channel, title, 2399.00m, "CNY");

    [Fact]
    public void A_text_holds_brand_address_passphrase_title_and_price()
    {
        var (url, token) = (Parts().Url, PassphraseTokens.Group(Parts().Token));
        Assert.Equal($"【闲置集市】{url} ￥{token}￥「iPhone 13 128G 95新」 2399元 复制整段话，打开闲置集市App即可查看", Texts.Write("zh-CN", Parts("iPhone 13 128G 95新")));
        Assert.Equal($"Marketplace: {url} ￥{token}￥ “iPhone 13 128G 95新” CNY 2399 Copy all of this and open the Marketplace app to see it", Texts.Write("en", Parts("iPhone 13 128G 95新")));
        Assert.Equal($"【闲置集市】{url} ￥{token}￥ 复制整段话，打开闲置集市App即可查看", Texts.Write("zh-CN", Parts() with { Price = null }));
        Assert.Equal(["zh-CN", "en"], Texts.Languages);
    }

    [Fact]
    public void WeChat_moments_get_the_address_alone() => Assert.All(Texts.WriteAll(Parts("Lamp", "wechat_moments")).Values, text => Assert.Equal(Parts().Url, text));

    [Theory]
    [InlineData("2399.00", "CNY", "2399元", "CNY 2399")]
    [InlineData("0.5", "CNY", "0.50元", "CNY 0.50")]
    [InlineData("19.999", "KWD", "KWD 19.999", "KWD 19.999")]
    [InlineData("0", "EUR", "EUR 0", "EUR 0")]
    [InlineData("19.5", "KWD", "KWD 19.500", "KWD 19.500")]
    [InlineData("2399", "JPY", "JPY 2399", "JPY 2399")]
    [InlineData("2399.5", "JPY", "JPY 2400", "JPY 2400")]
    [InlineData("19.999", "CNY", "20元", "CNY 20")]
    [InlineData("19.994", "CNY", "19.99元", "CNY 19.99")]
    [InlineData("1.2345", "CLF", "CLF 1.2345", "CLF 1.2345")]
    public void A_price_reads_as_people_write_it(string price, string currency, string chinese, string english)
    {
        var parts = Parts() with { Price = decimal.Parse(price, CultureInfo.InvariantCulture), Currency = currency };
        Assert.Contains($" {chinese} ", Texts.Write("zh-CN", parts), StringComparison.Ordinal);
        Assert.Contains($" {english} ", Texts.Write("en", parts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十")]
    [InlineData("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十…")]
    [InlineData("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦")]
    [InlineData("line\nbreak\tand\u2028more  spaces", "line break and more spaces")]
    [InlineData("\u202eright to left\u202c and \u200binvisible\ufeff", "right to left and invisible")]
    [InlineData("\u0000\u0007bell", "bell")]
    [InlineData("pay at https://evil.test/pay now", "pay at https evil test/pay now")]
    [InlineData("www.evil.test", "www evil test")]
    [InlineData("evil．test／x", "evil test／x")]
    [InlineData("evil.рф 例子.公司", "evil рф 例子 公司")]
    [InlineData("evil。com evil․com 1.1.1.1/x", "evil com evil com 1 1 1 1/x")]
    [InlineData("v1.2.3 好用。自提", "v1.2.3 好用。自提")]
    [InlineData("Node.js 3.5mm Vol.2", "Node js 3.5mm Vol.2")]
    public void A_title_is_shown_on_one_line_and_makes_no_link(string title, string shown) =>
        Assert.Contains($"「{shown}」", Texts.Write("zh-CN", Parts(title)), StringComparison.Ordinal);

    [Fact]
    public void Marks_stacked_on_one_letter_and_ten_thousand_characters_stay_short()
    {
        Assert.InRange(Texts.Write("zh-CN", Parts("a" + new string('\u0301', 10_000))).Length, 1, 200);
        Assert.InRange(Texts.Write("zh-CN", Parts(new string('字', 10_000))).Length, 1, 200);
        Assert.DoesNotContain("「", Texts.Write("zh-CN", Parts(" \u200b\u202e ")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_title_that_holds_another_link_s_code_is_left_out()
    {
        var other = new LinkId(2);
        var token = Tokens.Encode(other);
        string[] titles =
        [
            PassphraseTokens.Group(token), token, token.ToLowerInvariant(), $"￥{PassphraseTokens.Group(token)}￥", $"lamp {token}", string.Join(' ', token.Chunk(4).Select(group => new string(group))),
            $"{PastedLink.Host}/{Codes.Encode(other)}", $"https://{PastedLink.Host}/{Codes.Encode(other)}", $"s。example/{Codes.Encode(other)}", "￥AAAA-BBBB-CCCC￥", PassphraseTokens.Group(token[..^1] + PastedTexts.Other(token[^1])), token.Remove(3, 1),
        ];
        foreach (var title in titles)
        {
            foreach (var text in Texts.WriteAll(Parts(title)).Values)
            {
                Assert.Equal([Link, Link], Scanner.Scan(text).Codes.Select(code => code.Link!.Value));
                Assert.DoesNotContain(token[4..7], text.ToUpperInvariant().Replace(PassphraseTokens.Group(Parts().Token), "", StringComparison.Ordinal), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_expression_finds_every_text_s_codes_and_nothing_else_in_dotnet_and_in_node()
    {
        var visit = ClickIds.Encode(new ClickId(5, 6, 7));
        var texts = new List<(string Text, string? Code, string? Click, string? Token)>();
        foreach (var (title, channel) in new (string?, string?)[] { (null, null), ("iPhone 13", "wechat"), ("￥1-2-3￥ [a] {b} $& \\1 …", "qq"), ("\"'<>&", "wechat_moments") })
        {
            foreach (var url in new[] { Parts().Url, $"{Parts().Url}~{visit}" })
            {
                var parts = Parts(title, channel) with { Url = url };
                foreach (var text in Texts.WriteAll(parts).Values)
                    texts.Add((text, Codes.Encode(Link), url == Parts().Url ? null : visit, channel == "wechat_moments" ? null : PassphraseTokens.Group(parts.Token)));
            }
        }
        texts.Add((Texts.Write("en", Parts("Lamp")).Replace(PastedLink.Host, PastedLink.FormerHost, StringComparison.Ordinal).Replace('￥', '¥'), Codes.Encode(Link), null, PassphraseTokens.Group(Parts().Token)));
        texts.Add((Grammar.Example, "AbC3dE9kQ", null, "7K2M-9QXA-3FVD"));
        texts.AddRange(PastedTexts.Innocent.Select(text => (text, (string?)null, (string?)null, (string?)null)));
        texts.Add(($"https://{PastedLink.Host}/a-longer-alias", null, null, null));

        var inDotNet = texts.Select(entry =>
        {
            var matches = Grammar.Expression.Matches(entry.Text);
            string? Group(string name) => matches.Select(match => match.Groups[name]).FirstOrDefault(group => group.Success)?.Value;
            return (Group("code"), Group("click"), Group("token"));
        });
        Assert.Equal(texts.Select(entry => (entry.Code, entry.Click, entry.Token)), inDotNet);
        Assert.Equal(texts.Select(entry => (entry.Code, entry.Click, entry.Token)), FindInNode([.. texts.Select(entry => entry.Text)]));
    }

    [Theory]
    [InlineData("", "characters")]
    [InlineData("{url}", "must hold {url} and {token}")]
    [InlineData("{token}", "must hold {url} and {token}")]
    [InlineData("{url} {token} {colour}", "unknown place {colour}")]
    [InlineData("{url} {token} [{title}", "close every bracket")]
    [InlineData("{url} {token} {title", "close every bracket")]
    [InlineData("{title} {url} {token}", "must hold {title} after")]
    [InlineData("{url}x {token}", "outside brackets")]
    [InlineData("[{url}{price}] {token}", "outside brackets")]
    [InlineData("{url} {token}\u0007", "control characters")]
    public void A_template_that_would_not_be_found_again_is_refused(string template, string error)
    {
        Assert.Null(ShareTextTemplate.TryParse(template, out var found));
        Assert.Contains(error, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deployment_sets_templates_languages_brands_and_channels()
    {
        var options = new ShareTextOptions();
        options.Templates["ja"] = "{brand}の商品[「{title}」を見る]… ";
        Assert.Contains("ShareLinks:ShareText:Templates:ja", Assert.Throws<ArgumentException>(() => ShareTexts.Check(options, [])).Message, StringComparison.Ordinal);
        options.Templates["ja"] = "{brand} {token} {url}\n[「{title}」]";
        options.UrlOnlyChannels.Add("strict");
        var texts = new ShareTexts(options, [new("en", "Bazaar"), new("ja", "市場")], Tokens, Scanner, Grammar);
        Assert.Equal($"市場 ￥{PassphraseTokens.Group(Parts().Token)}￥ {Parts().Url}\n「ランプ」", texts.Write("ja", Parts("ランプ")));
        Assert.StartsWith("Bazaar: ", texts.Write("en", Parts()), StringComparison.Ordinal);
        Assert.Equal(Parts().Url, texts.Write("ja", Parts("ランプ", "strict")));
        Assert.NotEqual(Parts().Url, texts.Write("ja", Parts("ランプ", "wechat_moments")));
        Assert.Contains("ShareLinks:Brand:en", Assert.Throws<ArgumentException>(() => ShareTexts.Check(options, [new("en", "evil.example/")])).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(string?, string?, string?)> FindInNode(string[] texts)
    {
        const string script = """
            const { pattern, flags, texts } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
            for (const syntax of ['', 'u', 'v']) new RegExp(pattern, flags + syntax);
            console.log(JSON.stringify(texts.map(text => {
              const found = {};
              for (const match of text.matchAll(new RegExp(pattern, flags)))
                for (const [name, value] of Object.entries(match.groups)) found[name] ??= value;
              if (new RegExp('^[\\s\\S]*' + pattern + '[\\s\\S]*$').test(text) !== 'code' in found) throw new Error(text);
              return [found.code ?? null, found.click ?? null, found.token ?? null];
            })));
            """;
        using var node = ChildProcess.Start(new ProcessStartInfo("node", ["-e", script]) { RedirectStandardInput = true, RedirectStandardOutput = true });
        node.StandardInput.Write(JsonSerializer.Serialize(new { pattern = Grammar.Pattern, flags = ShareTextGrammar.Flags, texts }));
        node.StandardInput.Close();
        var output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.Equal(0, node.ExitCode);
        return JsonNode.Parse(output)!.AsArray().Select(found => (found![0]?.GetValue<string>(), found[1]?.GetValue<string>(), found[2]?.GetValue<string>()));
    }
}
