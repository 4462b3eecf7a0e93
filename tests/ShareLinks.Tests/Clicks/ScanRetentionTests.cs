using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Clicks;

public class ScanRetentionTests(Azurite azurite)
{
    [Fact]
    public async Task A_scan_is_forgotten_only_when_it_is_old_enough()
    {
        var account = azurite.NewAccount();
        var scans = Enumerable.Range(0, 40).Select(i => $"scan-number-{i:D8}").ToArray();
        foreach (var scan in scans)
            await new ScanTable(account).CountAsync(scan, new ClickId(1, 2, 3), CancellationToken.None);
        var part = Convert.ToByte(TableKey.Bucket(scans[0]), 16);
        await new ScanTable(account).DeleteOldAsync(part, TimeSpan.FromMinutes(1), CancellationToken.None);
        Assert.NotNull(await new ScanTable(account).FindAsync(scans[0], CancellationToken.None));
        await Task.Delay(TimeSpan.FromMilliseconds(1100), TimeProvider.System);
        await new ScanTable(account).DeleteOldAsync(part, TimeSpan.Zero, CancellationToken.None);
        foreach (var scan in scans)
            Assert.Equal(TableKey.Bucket(scan) != TableKey.Bucket(scans[0]), await new ScanTable(account).FindAsync(scan, CancellationToken.None) is not null);
    }
}
