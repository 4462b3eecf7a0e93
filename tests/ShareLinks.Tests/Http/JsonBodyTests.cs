using ShareLinks.Http;

namespace ShareLinks.Tests.Http;

public class JsonBodyTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("$", "")]
    [InlineData("$.listing.price", "/listing/price")]
    [InlineData("$.links[3].code", "/links/3/code")]
    [InlineData("$.tags['a.b']", "/tags/a.b")]
    [InlineData("$.tags['a/b~c']", "/tags/a~1b~0c")]
    public void A_path_becomes_a_pointer(string? path, string pointer) => Assert.Equal(pointer, JsonBody.Pointer(path));

    [Fact]
    public void Times_are_written_in_utc_to_the_millisecond()
    {
        Assert.Equal("2026-11-22T17:00:00Z", JsonDefaults.Format(new DateTimeOffset(2026, 11, 23, 1, 0, 0, TimeSpan.FromHours(8))));
        Assert.Equal("2026-11-22T17:00:00.050Z", JsonDefaults.Format(new DateTimeOffset(2026, 11, 22, 17, 0, 0, 50, TimeSpan.Zero)));
    }
}
