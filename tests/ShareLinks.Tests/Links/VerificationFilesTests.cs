using System.Text;
using ShareLinks.Links;

namespace ShareLinks.Tests.Links;

public class VerificationFilesTests
{
    [Theory]
    [InlineData("0123456789abcdef", "text/plain; charset=utf-8")]
    [InlineData("<!doctype html><script>alert(1)</script>", "text/plain; charset=utf-8")]
    [InlineData("校验", "text/plain; charset=utf-8")]
    [InlineData("\"text\"", "text/plain; charset=utf-8")]
    [InlineData("[1]", "text/plain; charset=utf-8")]
    [InlineData("{\"a\":", "text/plain; charset=utf-8")]
    [InlineData("{\"associated\":{\"id\":1}}\n", "application/json")]
    [InlineData("{}", "application/json")]
    public void The_content_tells_text_from_json(string content, string contentType)
    {
        var file = Assert.Single(Of("/Q/abc.txt", content).All);
        Assert.Equal("/Q/abc.txt", file.Path);
        Assert.Equal(contentType, file.ContentType);
        Assert.Equal(content, Encoding.UTF8.GetString(file.Content.Span));
    }

    [Theory]
    [InlineData("/MP_verify_abc.txt")]
    [InlineData("/.well-known/acme/x/y")]
    [InlineData("/apis/x")]
    [InlineData("/..a")]
    [InlineData("/Q/7K2M9QXA3FVD")]
    public void A_path_has_up_to_four_plain_parts(string path) => Assert.Equal(path, Of(path, "x").All.Single().Path);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("abc.txt")]
    [InlineData("/Q/")]
    [InlineData("//abc.txt")]
    [InlineData("/a/b/c/d/e")]
    [InlineData("/{code}")]
    [InlineData("/a b")]
    [InlineData("/a%20b")]
    [InlineData("/文件.txt")]
    [InlineData("/a?b")]
    [InlineData("/a\n")]
    [InlineData("/.")]
    [InlineData("/Q/../abc.txt")]
    [InlineData("/api")]
    [InlineData("/api/abc.txt")]
    [InlineData("/API/abc.txt")]
    [InlineData("/docs/abc.txt")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/dashboard/abc.txt")]
    [InlineData("/find")]
    [InlineData("/visitor-consent")]
    [InlineData("/admin/host")]
    [InlineData("/.well-known/assetlinks.json")]
    [InlineData("/.well-known/Apple-App-Site-Association")]
    public void Other_paths_are_refused_by_name(string path) =>
        Assert.StartsWith($"ShareLinks:VerificationFiles: {path} ", Assert.Throws<ArgumentException>(() => Of(path, "x")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_has_at_most_four_kibibytes()
    {
        Assert.Equal(4096, Of("/a", new string('x', 4096)).All.Single().Content.Length);
        foreach (var content in new[] { "", new string('x', 4097), new string('字', 1366) })
            Assert.Contains("1 to 4096 bytes", Assert.Throws<ArgumentException>(() => Of("/a", content)).Message, StringComparison.Ordinal);
    }

    private static VerificationFiles Of(string path, string content) => new([KeyValuePair.Create(path, content)]);
}
