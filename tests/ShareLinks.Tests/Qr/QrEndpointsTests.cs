using System.Buffers.Binary;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using QRCoder;
using ShareLinks.Qr;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Qr;

public class QrEndpointsTests(Azurite azurite)
{
    [Fact]
    public async Task The_pictures_of_a_link_hold_its_qr_address_and_scanning_it_records_a_click()
    {
        SkipWithoutScanner();
        await using var app = await TestApp.StartAsync(azurite);
        var link = await app.MintAsync(new { listingId = "item-1" });
        var qrUrl = link["qrUrl"]!.GetValue<string>();
        Assert.Equal(new Uri(app.Client.BaseAddress!, "Q/" + link["token"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal)).ToString(), qrUrl);

        using var png = await app.Client.GetAsync(link["pictures"]!["png"]!.GetValue<string>());
        Assert.Equal("image/png", png.Content.Headers.ContentType!.MediaType);
        Assert.Equal(qrUrl, await Scanner.ReadPngAsync(await png.Content.ReadAsByteArrayAsync()));
        using var svg = await app.Client.GetAsync(link["pictures"]!["svg"]!.GetValue<string>());
        Assert.Equal("image/svg+xml", svg.Content.Headers.ContentType!.MediaType);
        Assert.Equal(qrUrl, await Scanner.ReadPngAsync(await Scanner.RenderAsync(await svg.Content.ReadAsStringAsync())));

        foreach (var address in new[] { qrUrl, qrUrl.ToLowerInvariant(), "/Q/" + link["token"]!.GetValue<string>() })
            Assert.Equal("/item/item-1", (await app.Client.GetAsync(address)).Headers.Location!.AbsolutePath);
        var (clicks, _) = await app.ReadFeedAsync();
        Assert.Equal(["qr", "qr", "qr"], clicks.Select(click => click["entry"]!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/Q/7K2M9QXA3FVD")).StatusCode);
    }

    [Fact]
    public async Task Every_style_is_read_back_exactly_at_every_size()
    {
        SkipWithoutScanner();
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:BaseUrl"] = "https://s.example" });
        var link = await app.MintAsync();
        var (code, qrUrl) = (link["code"]!.GetValue<string>(), link["qrUrl"]!.GetValue<string>());
        foreach (var ecc in new[] { "L", "M", "Q", "H" })
        {
            foreach (var style in new[] { "", "&case=upper", "&margin=2", "&margin=10", "&dark=7a1f1f&light=fff7e6", "&dark=0b3d2e&light=e8fff4&case=upper" })
            {
                foreach (var size in Scale.IsFull ? [64, 100, 150, 257, 512, 1000, 2048] : new[] { 64, 257 })
                {
                    using var response = await app.Client.GetAsync($"/{code}/qr.png?ecc={ecc}&size={size}{style}");
                    var png = await response.Content.ReadAsByteArrayAsync();
                    Assert.True(response.IsSuccessStatusCode, System.Text.Encoding.UTF8.GetString(png));
                    Assert.Equal((size, size), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20))));
                    var expected = style.Contains("upper", StringComparison.Ordinal) ? qrUrl.ToUpperInvariant() : qrUrl;
                    Assert.Equal($"{ecc} {size} {style} {expected}", $"{ecc} {size} {style} {await Scanner.ReadPngAsync(png)}");
                }
            }
        }
    }

    [Theory]
    [InlineData("M", 300, 0, 0, 0)]
    [InlineData("M", 300, 90, 0, 0)]
    [InlineData("M", 300, 17, 0.8, 0)]
    [InlineData("L", 300, 0, 1.5, 0)]
    [InlineData("Q", 400, 33, 1, 0.05)]
    [InlineData("H", 400, 180, 1, 0.09)]
    public async Task A_camera_reads_it_turned_blurred_and_stained(string ecc, int pixels, double degrees, double blur, double stain)
    {
        SkipWithoutScanner();
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:BaseUrl"] = "https://s.example" });
        var link = await app.MintAsync();
        var png = await app.Client.GetByteArrayAsync($"/{link["code"]}/qr.png?ecc={ecc}");
        Assert.Equal(link["qrUrl"]!.GetValue<string>(), await Scanner.ReadPngAsync(await Scanner.PhotographAsync(png, pixels, degrees, blur, stain)));
    }

    [Theory]
    [InlineData("png", 180)]
    [InlineData("png", 512)]
    [InlineData("png", 1024)]
    [InlineData("svg", 512)]
    public async Task Under_the_deployment_s_logo_it_is_still_read(string format, int size)
    {
        SkipWithoutScanner();
        var logo = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(logo, await Scanner.RenderAsync("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"240\"><rect width=\"300\" height=\"240\" rx=\"60\" fill=\"#f59e0b\"/><circle cx=\"150\" cy=\"120\" r=\"70\" fill=\"#1c1917\"/></svg>"));
            await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:BaseUrl"] = "https://s.example", ["ShareLinks:Qr:LogoFile"] = logo });
            var link = await app.MintAsync();
            var picture = await app.Client.GetByteArrayAsync($"/{link["code"]}/qr.{format}?logo=true&size={size}");
            var png = format == "png" ? picture : await Scanner.RenderAsync(System.Text.Encoding.UTF8.GetString(picture));
            Assert.Equal(link["qrUrl"]!.GetValue<string>(), await Scanner.ReadPngAsync(png));
            Assert.NotEqual(png, await app.Client.GetByteArrayAsync($"/{link["code"]}/qr.png?ecc=H&size={size}"));
            Assert.Equal(HttpStatusCode.BadRequest, (await app.Client.GetAsync($"/{link["code"]}/qr.png?logo=true&ecc=M")).StatusCode);
        }
        finally
        {
            File.Delete(logo);
        }
    }

    [Fact]
    public void Capitals_make_a_smaller_symbol()
    {
        const string address = "https://s.example/Q/7K2M9QXA3FVD";
        Assert.True(new QrSymbol(address.ToUpperInvariant(), QRCodeGenerator.ECCLevel.M).Width < new QrSymbol(address, QRCodeGenerator.ECCLevel.M).Width);
    }

    [Fact]
    public async Task A_picture_is_cached_by_its_tag()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync();
        using var first = await app.Client.GetAsync($"/{code}/qr.png");
        Assert.False(first.Headers.ETag!.IsWeak);
        Assert.Equal(TimeSpan.FromDays(365), first.Headers.CacheControl!.MaxAge);
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync("qr.png", first.Headers.ETag.Tag));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("qr.svg", first.Headers.ETag.Tag));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("qr.png?dark=0000ff", first.Headers.ETag.Tag));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync("qr.png", "*"));
        // What can't be drawn is not unchanged.
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("qr.png?size=64&margin=32", "*"));

        async Task<HttpStatusCode> StatusAsync(string picture, string tag)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/{code}/{picture}");
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            using var response = await app.Client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("size=63", "invalid_request")]
    [InlineData("size=2049", "invalid_request")]
    [InlineData("size=big", "invalid_request")]
    [InlineData("size=64&margin=32", "invalid_request")]
    [InlineData("ecc=X", "invalid_request")]
    [InlineData("margin=-1", "invalid_request")]
    [InlineData("margin=33", "invalid_request")]
    [InlineData("case=lower", "invalid_request")]
    [InlineData("logo=true", "invalid_request")]
    [InlineData("logo=yes", "invalid_request")]
    [InlineData("dark=red", "invalid_request")]
    [InlineData("light=%23ffffff", "invalid_request")]
    [InlineData("dark=999999", "contrast_too_low")]
    [InlineData("dark=ffffff&light=000000", "contrast_too_low")]
    public async Task A_style_that_would_not_scan_is_refused(string query, string error)
    {
        await using var app = await TestApp.StartAsync(azurite);
        using var response = await app.Client.GetAsync($"/{await app.MintCodeAsync()}/qr.png?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(error, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_network_may_have_so_much_drawn_at_once_and_others_are_not_held_up()
    {
        var (time, clients) = (new FakeTimeProvider(), new ClientAddress("X-Client", isPeerTheClient: false));
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton(new PictureLimiter(clients, time)));
        var code = await app.MintCodeAsync();
        var dearest = QrPng.Units(QrStyle.Default with { Size = 2048 });
        Assert.Equal((1, 16, 1), (QrPng.Units(QrStyle.Default), dearest, QrSvg.Units(QrStyle.Default with { Size = 2048 })));
        // However a picture is made another, with whatever tag.
        for (var i = 0; i < PictureLimiter.Burst / dearest; i++)
            Assert.Equal(HttpStatusCode.OK, (await DrawAsync($"qr.png?size=2048&dark=0000{i:x2}", "203.0.113.7")).StatusCode);
        using var refused = await DrawAsync("qr.png?size=2048", "203.0.113.7");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal((TimeSpan.FromSeconds(1), "no-store"), (refused.Headers.RetryAfter!.Delta!.Value, refused.Headers.CacheControl!.ToString()));
        Assert.Contains("too_many_pictures", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // What is left is enough for some of the usual size.
        for (var i = 0; i < PictureLimiter.Burst % dearest; i++)
            Assert.Equal(HttpStatusCode.OK, (await DrawAsync("qr.svg?size=2048", "203.0.113.7")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await DrawAsync("qr.svg", "203.0.113.7", "*")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await DrawAsync("qr.png?size=2048", "203.0.113.8")).StatusCode);
        time.Advance(PictureLimiter.Regain);
        Assert.Equal(HttpStatusCode.NotModified, (await DrawAsync("qr.svg", "203.0.113.7", "*")).StatusCode);
        // Opening links is another matter.
        using var opening = new HttpRequestMessage(HttpMethod.Get, "/" + code) { Headers = { { "X-Client", "203.0.113.7" } } };
        Assert.Equal(HttpStatusCode.Found, (await app.Client.SendAsync(opening)).StatusCode);

        async Task<HttpResponseMessage> DrawAsync(string picture, string address, string? knownTag = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/{code}/{picture}") { Headers = { { "X-Client", address } } };
            if (knownTag is not null)
                request.Headers.TryAddWithoutValidation("If-None-Match", knownTag);
            return await app.Client.SendAsync(request);
        }
    }

    [Fact]
    public async Task A_guesser_gets_no_picture_and_no_304_and_known_links_stay_open()
    {
        var prefix = azurite.NewPrefix();
        await using var minting = await TestApp.StartAsync(azurite, prefix: prefix);
        var (live, other) = (await minting.MintAsync(), await minting.MintAsync());
        await using var app = await TestApp.StartAsync(
            azurite, services: services => services.AddSingleton(new MissLimiter(new ClientAddress("X-Client", isPeerTheClient: false), new FakeTimeProvider())), prefix: prefix);
        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(app, Token(other), "203.0.113.8"));
        for (var i = 0; i < MissLimiter.Burst; i++)
            Assert.Equal(HttpStatusCode.NotFound, await AskAsync(app, $"7K2M9QXA{i:D4}", "203.0.113.7"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(app, Token(live), "203.0.113.7"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(app, live["code"]!.GetValue<string>(), "203.0.113.7"));
        // This process knows it: somebody else asked for it.
        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(app, other["code"]!.GetValue<string>(), "203.0.113.7"));
        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(app, Token(live), "203.0.113.8"));

        static string Token(JsonNode link) => link["token"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal);

        static async Task<HttpStatusCode> AskAsync(TestApp app, string name, string address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/{name}/qr.png") { Headers = { { "X-Client", address } } };
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
            using var answer = await app.Client.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task What_is_no_link_has_no_picture()
    {
        await using var app = await TestApp.StartAsync(azurite);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/AbC3dE9kQ/qr.png")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/AbC3dE9kQ/qr.gif")).StatusCode);
    }

    private static void SkipWithoutScanner()
    {
        if (!Scanner.IsInstalled && Environment.GetEnvironmentVariable("CI") != "true")
            Assert.Skip("Pictures can't be read back without Debian's packages zbar-tools and librsvg2-bin.");
    }
}
