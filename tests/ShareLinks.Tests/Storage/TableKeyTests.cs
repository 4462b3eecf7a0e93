using ShareLinks.Storage;

namespace ShareLinks.Tests.Storage;

public class TableKeyTests
{
    [Theory]
    [InlineData("item-1001", "item-1001")]
    [InlineData("a/b\\c#d?e", "a=002Fb=005Cc=0023d=003Fe")]
    [InlineData("a|b=c'd%", "a=007Cb=003Dc=0027d=0025")]
    [InlineData("闲", "=95F2")]
    [InlineData("\t\u0080", "=0009=0080")]
    public void Callers_texts_become_keys_that_storage_takes(string text, string key) => Assert.Equal(key, TableKey.Escape(text));

    [Fact]
    public void Different_texts_give_different_keys()
    {
        var random = new Random(7);
        var keys = new Dictionary<string, string>();
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => "a=0/|%\u4e00"[random.Next(7)])]);
            var key = TableKey.Escape(text);
            Assert.Equal(text, keys.GetValueOrDefault(key, text));
            keys[key] = text;
            Assert.Matches("^[A-Za-z0-9._=-]+$", key);
        }
    }

    [Fact]
    public void Buckets_spread_texts_and_growing_numbers()
    {
        Assert.InRange(Enumerable.Range(0, 5000).Select(i => TableKey.Bucket($"item-{i}")).Distinct().Count(), 250, 256);
        Assert.InRange(Enumerable.Range(0, 5000).Select(i => TableKey.Bucket((long)i)).Distinct().Count(), 250, 256);
    }
}
