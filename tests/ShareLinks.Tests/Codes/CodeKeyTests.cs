using ShareLinks.Codes;

namespace ShareLinks.Tests.Codes;

public class CodeKeyTests
{
    [Theory]
    [InlineData("")]
    [InlineData("not base64")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=AA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_key_that_is_not_32_bytes_of_base64_is_refused(string text) => Assert.Null(CodeKey.TryParse(text));

    [Fact]
    public void The_fingerprint_names_the_key_without_being_it()
    {
        var one = CodeKey.TryParse(Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)i)]))!;
        Assert.Equal(32, one.Fingerprint.Length);
        Assert.Equal(one.Fingerprint, CodeKey.TryParse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")!.Fingerprint);
        Assert.NotEqual(one.Fingerprint, CodeKey.Development.Fingerprint);
        Assert.NotEqual(one.Derive("scramble", 32), one.Derive("click ids", 32));
    }
}
