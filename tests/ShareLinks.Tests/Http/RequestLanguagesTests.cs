using Microsoft.AspNetCore.Http;
using ShareLinks.Http;

namespace ShareLinks.Tests.Http;

public class RequestLanguagesTests
{
    private const string Wechat = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.63(0x18003f2f) NetType/WIFI Language/zh_CN";

    [Theory]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", "", "zh-CN")]
    [InlineData("zh_CN", "", "zh-CN")]
    [InlineData("yue-HK", "", "yue-HK")]
    [InlineData(" en-GB ;q=0.5", "", "en-GB")]
    [InlineData("*", "", null)]
    [InlineData("*, ja;q=0.5", "", "ja")]
    [InlineData("", "", null)]
    [InlineData("1,%,;q=1, de", "", "de")]
    [InlineData("en", Wechat, "en")]
    [InlineData("*", Wechat, "zh-CN")]
    [InlineData("", Wechat, "zh-CN")]
    [InlineData("", "AliApp(DingTalk/7.8.1) com.laiwang.DingTalk/46766536 Channel/201200 language/zh-Hans-CN UT4Aplus/0.0.6 WK", "zh-Hans-CN")]
    [InlineData("", "aweme_210600 JsSdk/1.0 ByteLocale/zh-CN Region/CN", "zh-CN")]
    [InlineData("", "Lark/6.11.9 LarkLocale/zh_CN ChannelName/Feishu", "zh-CN")]
    [InlineData("", "[FBAN/FBIOS;FBSV/17.5;FBLC/de_DE;FBOP/5]", "de-DE")]
    [InlineData("", "Language/ Locale/%", null)]
    public void The_first_language_is_the_one_that_the_request_or_its_app_names(string header, string agent, string? language) =>
        Assert.Equal(language, RequestLanguages.First(new HeaderDictionary { ["Accept-Language"] = header, ["User-Agent"] = agent }));

    [Fact]
    public void A_tag_longer_than_any_is_none() => Assert.Null(RequestLanguages.First(new HeaderDictionary { ["Accept-Language"] = new string('a', 36) }));
}
