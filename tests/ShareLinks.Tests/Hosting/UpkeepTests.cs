using System.Diagnostics.Metrics;
using System.Net;
using ShareLinks.Hosting;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

public class UpkeepTests(Azurite azurite)
{
    [Fact]
    public async Task Persons_are_erased_and_old_rows_deleted_also_while_counting_fails()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await TestApp.StartAsync(azurite, new() { ["ShareLinks:Storage:ConnectionString"] = proxy.ConnectionString });
        var failures = new Dictionary<string, long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name == "sharelinks.upkeep.failures") listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            // Other apps of this run have meters of the same name, and tasks that do not fail.
            lock (failures)
                failures[(string)tags[0].Value!] = count;
        });
        listener.Start();
        var code = await app.MintCodeAsync(new { listingId = "item-1", sharerId = "user-7" });

        // An erasure that is cut off right after it was noted.
        proxy.Before = request => request.Table == "people" && request.Method != "GET" ? Fault.Busy : Fault.None;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.Client.DeleteAsync("/api/people/user-7")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/api/people/user-7")).StatusCode);

        proxy.Before = request => request.Table == "stats" && request.Method != "GET" ? Fault.TooLarge : Fault.None;
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + code)).StatusCode);
        app.Storage.Reset();
        var fault = await Assert.ThrowsAsync<AggregateException>(() => app.Get<Upkeep>().RunAsync(CancellationToken.None));
        Assert.Single(fault.InnerExceptions);
        Assert.Equal(["fold"], failures.Keys);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/people/user-7")).StatusCode);
        // Retention went all the way: old scans are the last that it looks for.
        Assert.Contains(app.Storage.Requests, request => request is { Table: "scans", IsQuery: true });
    }
}
