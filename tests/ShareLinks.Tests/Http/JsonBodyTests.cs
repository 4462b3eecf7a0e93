using Microsoft.AspNetCore.Http;
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

    [Theory]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=\"UTF-8\"")]
    [InlineData("application/json")]
    public async Task A_byte_order_mark_and_every_name_of_utf_8_are_taken(string contentType)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = contentType;
        http.Request.Body = new MemoryStream([0xEF, 0xBB, 0xBF, .. "{\"events\":[]}"u8]);
        var (bytes, problem) = await JsonBody.ReadBytesAsync(http.Request);
        Assert.Null(problem);
        Assert.Equal("{\"events\":[]}"u8.ToArray(), bytes);
    }

    [Fact]
    public void Times_are_written_in_utc_to_the_millisecond()
    {
        Assert.Equal("2026-11-22T17:00:00Z", JsonDefaults.Format(new DateTimeOffset(2026, 11, 23, 1, 0, 0, TimeSpan.FromHours(8))));
        Assert.Equal("2026-11-22T17:00:00.050Z", JsonDefaults.Format(new DateTimeOffset(2026, 11, 22, 17, 0, 0, 50, TimeSpan.Zero)));
    }
}
