using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using ShareLinks.Events;
using ShareLinks.Http;
using ShareLinks.Minting;
using ShareLinks.Resolving;
using ShareLinks.Security;

namespace ShareLinks.Tests.Http;

public class JsonBodyTests
{
    [Theory]
    [InlineData("null", "", "must be an object")]
    [InlineData("[]", "", "must be an object")]
    [InlineData("""{"listingId":7}""", "/listingId", "must be a string")]
    [InlineData("""{"listingId":"\ud800"}""", "/listingId", "must be valid Unicode")]
    [InlineData("""{"\ud800":"x"}""", "", "must have names that are valid Unicode")]
    [InlineData("""{"chanel":"wechat"}""", "/chanel", "is not a field of this request")]
    [InlineData("""{"ListingId":"x"}""", "/ListingId", "is not a field of this request")]
    [InlineData("""{"listing":{"a.b/c~d":1}}""", "/listing/a.b~1c~0d", "is not a field of this request")]
    [InlineData("""{"listingId":"x","listingId":"x"}""", "/listingId", "is given twice")]
    [InlineData("""{"listingId":"x","\u006cistingId":"x"}""", "/listingId", "is given twice")]
    [InlineData("""{"tags":{"a.b":"x","a.b":"y"}}""", "/tags/a.b", "is given twice")]
    [InlineData("""{"tags":{"a/b~c":7}}""", "/tags/a~1b~0c", "must be a string")]
    [InlineData("""{"tags":["a"]}""", "/tags", "must be an object of strings")]
    [InlineData("""{"listing":"Lamp"}""", "/listing", "must be an object")]
    [InlineData("""{"listing":{"price":"5"}}""", "/listing/price", "must be a number")]
    [InlineData("""{"listing":{"price":1e300}}""", "/listing/price", "must be a number of at most 28 digits")]
    [InlineData("""{"expiresAt":"2101-01-01T00:00:00"}""", "/expiresAt", "must be a time such as 2026-11-22T17:00:00Z")]
    [InlineData("""{"expiresAt":2101}""", "/expiresAt", "must be a time such as 2026-11-22T17:00:00Z")]
    [InlineData("", "", "is not well-formed JSON of at most 16 levels (line 1, byte 1)")]
    [InlineData("""{"listingId":"x"} x""", "", "is not well-formed JSON of at most 16 levels (line 1, byte 19)")]
    [InlineData("{\n\"listing\":{\"title\":tru}}", "/listing/title", "is not well-formed JSON of at most 16 levels (line 2, byte 23)")]
    public void The_first_wrong_field_is_named_with_what_was_expected(string body, string pointer, string expected)
    {
        var (request, problem) = JsonBody.Parse(Encoding.UTF8.GetBytes(body), MintingJson.Instance.MintRequest);
        Assert.Null(request);
        Assert.Equal((400, "invalid_json", new FieldError(pointer, expected)), (problem!.Status, problem.Code, Assert.Single(problem.Errors!)));
    }

    [Fact]
    public void Bytes_that_are_not_utf_8_are_refused_by_their_field()
    {
        var (_, problem) = JsonBody.Parse([.. "{\"listingId\":\""u8, 0xC3, 0x28, .. "\"}"u8], MintingJson.Instance.MintRequest);
        Assert.Equal(new FieldError("/listingId", "must be valid Unicode"), Assert.Single(problem!.Errors!));
    }

    /// <summary>The serializer decides what is wrong; <see cref="JsonShape"/> only says where. They may not differ.</summary>
    [Fact]
    public void A_field_is_named_for_every_text_that_the_serializer_refuses_and_for_no_other()
    {
        JsonTypeInfo[] types =
        [
            MintingJson.Instance.MintRequest, MintingJson.Instance.LinkChangeRequest, MintingJson.Instance.ListingRequest, MintingJson.Instance.ListingBatchItem,
            MintingJson.Instance.MintBatchRequest, MintingJson.Instance.ListingBatchRequest, EventJson.Instance.EventsRequest,
            ResolvingJson.Instance.ResolveRequest, ResolvingJson.Instance.LateScansRequest, SecurityJson.Instance.KeyRequest,
        ];
        string[] values = ["null", "true", "7", "7.5", "1e300", "\"x\"", "\"\\udc00\"", "\"2026-11-22T17:00:00Z\"", "{}", "{\"a\":null}", "{\"a\":7}", "[]", "[null]", "[{}]", "[\"x\"]", "[[", "tru", "\"x\" 1"];
        var random = new Random(7);
        var (refused, taken) = (0, 0);
        foreach (var type in types)
        {
            Assert.NotEmpty(type.Properties);
            foreach (var property in type.Properties)
            {
                foreach (var value in values)
                {
                    var other = type.Properties[random.Next(type.Properties.Count)].Name;
                    Compare(type, $$"""{"{{property.Name}}":{{value}}}""");
                    Compare(type, $$"""{"{{property.Name}}":{{value}},"{{other}}":{{values[random.Next(values.Length)]}}}""");
                }
            }
        }
        Assert.True(refused > 100 && taken > 100, $"{refused} refused, {taken} taken");

        void Compare(JsonTypeInfo type, string text)
        {
            var json = Encoding.UTF8.GetBytes(text);
            var isRefused = false;
            try
            {
                JsonSerializer.Deserialize(json, type);
                taken++;
            }
            catch (JsonException)
            {
                isRefused = true;
                refused++;
            }
            Assert.True(JsonShape.FirstError(json, type) is not null == isRefused, $"{type.Type.Name} {text}");
        }
    }

    [Fact]
    public void The_entries_of_a_batch_are_read_one_by_one()
    {
        var body = """ { "links" : [ {"listingId":"a"} ,7, null,{"listingId":7},{"chanel":"x"},{"tags":{"a":[]}}, {"listingId":"b"}] } """;
        var (entries, problem) = JsonBody.ParseBatch<MintRequest>(Encoding.UTF8.GetBytes(body), MintingJson.Instance.MintBatchRequest, 7);
        Assert.Null(problem);
        Assert.Equal(["a", null, null, null, null, null, "b"], entries!.Select(entry => entry.Value?.ListingId));
        Assert.Equal(
            [null, new("", "must be an object"), new("", "must be an object"), new("/listingId", "must be a string"), new("/chanel", "is not a field of this request"), new("/tags/a", "must be a string"), null],
            entries!.Select(entry => entry.Error));
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("{}", "/links")]
    [InlineData("""{"links":null}""", "/links")]
    [InlineData("""{"links":[]}""", "/links")]
    [InlineData("""{"links":[1,2,3,4,5,6,7,8]}""", "/links")]
    [InlineData("""{"links":{}}""", "/links")]
    [InlineData("""{"links":[{}],"links":[{}]}""", "/links")]
    [InlineData("""{"links":[{}],"Links":[{}]}""", "/Links")]
    [InlineData("""{"links":[{},{"listingId":}]}""", "/links/1")]
    [InlineData("""{"links":[{},[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}""", "/links/1")]
    public void A_batch_is_refused_whole_for_what_is_wrong_around_its_entries(string body, string pointer)
    {
        var (entries, problem) = JsonBody.ParseBatch<MintRequest>(Encoding.UTF8.GetBytes(body), MintingJson.Instance.MintBatchRequest, 7);
        Assert.Null(entries);
        Assert.Equal((400, pointer), (problem!.Status, Assert.Single(problem.Errors!).Pointer));
    }

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
