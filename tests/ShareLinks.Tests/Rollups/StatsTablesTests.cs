using System.Globalization;
using System.Net.Http.Headers;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Rollups;

public class StatsTablesTests(Azurite azurite)
{
    [Fact]
    public async Task Answers_open_in_a_spreadsheet()
    {
        await using var app = await TestApp.StartAsync(azurite);
        var code = await app.MintCodeAsync(new { listingId = "=item-1", campaign = "@spring", placement = "+market/摊位" });
        await app.Client.GetAsync("/" + code);
        await app.Client.GetAsync("/" + code);
        var today = ShareLinks.Reporting.ReportingZone.Find("Asia/Shanghai")!.DayOf(TimeProvider.System.GetUtcNow()).Date;
        var range = string.Create(CultureInfo.InvariantCulture, $"from={today:yyyy-MM-dd}&to={today.AddDays(1):yyyy-MM-dd}");

        var byDay = await app.Client.GetStringAsync($"/api/stats?subject=all&{range}&format=csv");
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"day (Asia/Shanghai),clicks,visitors\r\n{today:yyyy-MM-dd},2,0\r\n"), byDay);
        Assert.Equal("campaign,clicks,kind\r\n\"'@spring\",2,value\r\n", await app.Client.GetStringAsync($"/api/stats?subject=all&by=campaign&{range}&format=csv"));
        Assert.Equal("listing,clicks\r\n\"'=item-1\",2\r\n", await app.Client.GetStringAsync($"/api/stats/top?kind=listing&{range}&format=csv"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/stats/top?kind=placement&{range}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"));
        using var workbook = await app.Client.SendAsync(request);
        Assert.Equal("top.xlsx", workbook.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.Equal("PK"u8.ToArray(), (await workbook.Content.ReadAsByteArrayAsync())[..2]);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await app.Client.GetAsync("/api/stats?subject=all&format=pdf")).StatusCode);
    }
}
