using System.Web;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using ShareLinks.Links;
using ShareLinks.WeChat;

namespace ShareLinks.Tests.WeChat;

public class MiniProgramTests
{
    private const string AppId = WeChatServer.AppId;

    private static readonly MiniProgram Program = new(new WeChatOptions { MiniProgramAppId = AppId });

    public static TheoryData<string> HostileIds =>
    [
        "a&b=c#d?e/..%2F\"<>",
        "{clickId}",
        "%26clickId%3Dforged",
        "&clickId=forged",
        "x&env_version=trial&appid=wxffffffffffffffff",
        "编号1001",
        "' onclick=alert(1) x='",
        "a b\r\nc",
        "a+b",
    ];

    [Fact]
    public void A_plain_scheme_names_program_page_and_query()
    {
        Assert.Equal(
            $"weixin://dl/business/?appid={AppId}&path=pages/item&query=id%3Ditem-1%26clickId%3DabcDEF123&env_version=release",
            Program.PlainScheme("item-1", "abcDEF123"));
        Assert.Equal($"weixin://dl/business/?appid={AppId}&path=pages/item&query=id%3D%26clickId%3D&env_version=release", Program.PlainScheme(null, null));
    }

    [Fact]
    public void Without_a_mini_program_there_is_no_scheme_and_nobody_to_ask()
    {
        foreach (var options in new[] { new WeChatOptions(), new WeChatOptions { AppSecret = "x" }, new WeChatOptions { MiniProgramAppId = "", AppSecret = "x" } })
        {
            var program = new MiniProgram(options);
            Assert.Null(program.PlainScheme("item-1", "c"));
            Assert.False(program.HasCredentials);
        }
        Assert.False(Program.HasCredentials);
        Assert.True(new MiniProgram(WeChatServer.Options).HasCredentials);
    }

    [Theory]
    [MemberData(nameof(HostileIds))]
    public void A_listing_id_stays_inside_its_value(string id) => AssertArrives(id, Program);

    [Property]
    public Property Any_listing_id_that_fits_arrives_whole() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), id => AssertArrives(new string([.. id.Get.Where(c => !char.IsSurrogate(c))]), Program));

    [Fact]
    public void A_listing_id_of_128_characters_fits_when_they_need_no_encoding()
    {
        var id = new string('a', 128);
        Assert.NotNull(Program.PlainScheme(id, new string('c', 22)));
        Assert.NotNull(Program.CustomQuery(id, new string('c', 22)));
    }

    [Fact]
    public void A_query_that_is_too_long_for_WeChat_gives_nothing()
    {
        // Each of these takes 15 characters encoded twice.
        Assert.NotNull(Program.CustomQuery(new string('编', 15), ""));
        Assert.Null(Program.CustomQuery(new string('编', 16), ""));
        Assert.NotNull(Program.PlainScheme(new string('编', 32), ""));
        Assert.Null(Program.PlainScheme(new string('编', 128), ""));
        var longest = MiniProgram.MaxCustomQuery - Program.CustomQuery("", "")!.Length;
        Assert.Equal(MiniProgram.MaxCustomQuery, Program.CustomQuery(new string('a', longest), "")!.Length);
        Assert.Null(Program.CustomQuery(new string('a', longest + 1), ""));
        longest = MiniProgram.MaxSchemeQuery - Program.CustomQuery("", "")!.Length;
        Assert.NotNull(Program.PlainScheme(new string('a', longest), ""));
        Assert.Null(Program.PlainScheme(new string('a', longest + 1), ""));
    }

    [Theory]
    [InlineData("wx0123456789abcde", "pages/item", "", "MiniProgramAppId")]
    [InlineData("wx0123456789abcdeg", "pages/item", "", "MiniProgramAppId")]
    [InlineData("wx0123456789abcdef\n", "pages/item", "", "MiniProgramAppId")]
    [InlineData("gh0123456789abcdef", "pages/item", "", "MiniProgramAppId")]
    [InlineData(AppId, "/pages/item", "", "Path")]
    [InlineData(AppId, "pages/item?id=1", "", "Path")]
    [InlineData(AppId, "pages/../item", "", "Path")]
    [InlineData(AppId, "pages//item", "", "Path")]
    [InlineData(AppId, "pages/item&query=x", "", "Path")]
    [InlineData(AppId, "", "", "Path")]
    [InlineData(AppId, "pages/item", "id={listing}", "Query")]
    [InlineData(AppId, "pages/item", "id={listingId", "Query")]
    [InlineData(AppId, "pages/item", "id={listingId}&c={clickId}&s=编", "Query")]
    [InlineData(AppId, "pages/item", "id={listingId}&c={clickId}&s=100%", "Query")]
    [InlineData(AppId, "pages/item", "id={listingId}", "Query")]
    [InlineData(null, "pages/item", "a b", "Query")]
    public void A_wrong_setting_is_refused_by_name(string? appId, string path, string query, string name)
    {
        var fault = Assert.Throws<ArgumentException>(() => MiniProgram.Check(new WeChatOptions { MiniProgramAppId = appId, Path = path, Query = query, AppSecret = WeChatServer.Secret }));
        Assert.StartsWith($"ShareLinks:Apps:WeChat:{name} ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(WeChatServer.Secret, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pages/item", "id={listingId}&clickId={clickId}")]
    [InlineData("packages/shop/pages/item_2-b", "i={listingId}/{clickId}")]
    [InlineData("pages/item", "s=%E7%BC%96&id={listingId}{clickId}")]
    [InlineData("index", "{clickId}={listingId}")]
    public void A_page_may_lie_anywhere_and_take_any_query(string path, string query) =>
        MiniProgram.Check(new WeChatOptions { MiniProgramAppId = AppId, Path = path, Query = query });

    private static void AssertArrives(string id, MiniProgram program)
    {
        if (program.PlainScheme(id, "click") is { } scheme)
        {
            Assert.Matches(@"\Aweixin://dl/business/\?appid=wx[0-9a-f]{16}&path=pages/item&query=[A-Za-z0-9._~%-]*&env_version=release\z", scheme);
            AssertHolds(id, scheme.Split("&query=")[1].Split('&')[0]);
        }
        if (program.CustomQuery(id, "click") is { } query)
        {
            Assert.Matches(@"\A[A-Za-z0-9._~%-]{1,256}\z", query);
            AssertHolds(id, query);
        }
    }

    /// <summary>Decodes as WeChat and the page do: the whole query once, then each value.</summary>
    private static void AssertHolds(string id, string encoded)
    {
        var parameters = HttpUtility.ParseQueryString(Uri.UnescapeDataString(encoded));
        Assert.Equal(["id", "clickId"], parameters.AllKeys);
        Assert.Equal(id, parameters["id"]);
        Assert.Equal("click", parameters["clickId"]);
    }
}
