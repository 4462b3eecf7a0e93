using ShareLinks.Security;

namespace ShareLinks.Tests.Security;

public class SigningKeysTests
{
    private static readonly byte[] Old = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] New = [.. Enumerable.Repeat((byte)2, 32)];

    [Fact]
    public void What_was_signed_stays_good_until_its_key_leaves_the_ring()
    {
        var mac = new SigningKeys([Old]).Sign("session", "text");
        var both = new SigningKeys([New, Old]);
        Assert.True(both.IsSigned("session", "text", mac));
        Assert.NotEqual(mac, both.Sign("session", "text"));
        Assert.True(both.IsSigned("session", "text", both.Sign("session", "text")));
        Assert.False(new SigningKeys([New]).IsSigned("session", "text", mac));
        Assert.False(new SigningKeys([Old]).IsSigned("session", "text", both.Sign("session", "text")));
    }

    [Fact]
    public void Another_text_purpose_or_mac_is_not_signed()
    {
        var keys = new SigningKeys([New, Old]);
        var mac = keys.Sign("session", "text");
        Assert.False(keys.IsSigned("session", "texts", mac));
        Assert.False(keys.IsSigned("form", "text", mac));
        Assert.False(keys.IsSigned("session", "text", mac[..^1]));
        Assert.False(keys.IsSigned("session", "text", ""));
        Assert.False(keys.IsSigned("session", "text", null));
    }
}
