using ShareLinks.Codes;
using ShareLinks.Journeys;
using ShareLinks.Storage;
using ShareLinks.Tests.Clicks;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Journeys;

public class PathRowTests
{
    [Fact]
    public void Changes_give_the_same_row_in_any_order_and_division()
    {
        for (var seed = 0; seed < Scale.Of(200); seed++)
        {
            var random = new Random(seed);
            var changes = Changes(random, random.Next(1, 40)).ToArray();
            var rows = Enumerable.Range(0, 3).Select(_ =>
            {
                random.Shuffle(changes);
                var row = new PathRow();
                foreach (var change in changes)
                {
                    Assert.True(row.TryApply(change, isLastRow: false));
                    if (random.Next(4) == 0)
                        row = PathRow.FromBytes(row.ToBytes());
                }
                // Again: nothing is there twice.
                Assert.True(row.TryApply(changes[0], isLastRow: false));
                return row.ToBytes();
            }).ToList();
            Assert.All(rows, row => Assert.Equal(rows[0], row));
            var paths = PathRow.FromBytes(rows[0]).Paths().ToList();
            Assert.Equal(changes.Where(change => change.Event is not null).Select(change => change.Id).Order(StringComparer.Ordinal), paths.Select(path => path.Conversion.Id).Order(StringComparer.Ordinal));
            foreach (var (conversion, touches) in paths)
            {
                var of = changes.Where(change => change.Id == conversion.Id).ToList();
                var reported = of.Single(change => change.Event is not null).Event!;
                Refund[] refunds = [.. of.SelectMany(change => change.Refunds).OrderBy(refund => refund.Id, StringComparer.Ordinal)];
                Assert.Equal(refunds, conversion.Refunds);
                Assert.Equal(reported with { IsCancelled = of.Exists(change => change.IsCancelled), Refunds = conversion.Refunds }, conversion);
                Refund[] own = [.. refunds.Where(refund => refund.Currency is null or "CNY")];
                Assert.Equal(reported.RefundedAtFirst is null && own.Length == 0 ? null : (reported.RefundedAtFirst ?? 0) + own.Sum(refund => refund.Amount), conversion.RefundedValue);
                Assert.Equal(Math.Max(0, (reported.Value ?? 0) - (conversion.RefundedValue ?? 0)), conversion.NetValue);
                Assert.Equal(refunds.Except(own), conversion.OtherCurrencies);
                Assert.Equal(of.Find(change => change.Touches is not null)?.Touches!.Select(Describe) ?? [], touches.Select(Describe));
            }
        }

        static string Describe(Touch touch) => System.Text.Json.JsonSerializer.Serialize(touch);
    }

    [Fact]
    public void A_full_row_refuses_more_events_and_takes_what_comes_to_those_it_has()
    {
        var random = new Random(1);
        var row = new PathRow();
        var accepted = new List<PathChange>();
        foreach (var change in Changes(random, 4000).Where(change => change.Event is not null))
        {
            if (row.TryApply(change, isLastRow: false))
                accepted.Add(change);
        }
        Assert.InRange(accepted.Count, 50, 3900);
        // Nobody has so many touches; the row stays below what storage takes, and loses no event.
        var touches = Enumerable.Range(0, 200).Select(i => Touch.Of(new ClickId(random.NextInt64(ClickId.MaxStream), i, 0), ClickSamples.One(ClickSamples.Link(random.Next(100_000)), ClickSamples.Start.AddMinutes(i)))).ToArray();
        foreach (var change in accepted)
            Assert.True(row.TryApply(new PathChange(change.Type, change.Id, change.At) { Touches = touches }, isLastRow: false));
        var bytes = row.ToBytes();
        Assert.InRange(bytes.Length, 1, BinaryColumns.MaxBytes);
        var paths = PathRow.FromBytes(bytes).Paths().ToList();
        Assert.Equal(accepted.Count, paths.Count);
        Assert.All(paths, path => Assert.Equal(touches.TakeLast(path.Touches.Count).Select(touch => touch.Id), path.Touches.Select(touch => touch.Id)));
    }

    [Fact]
    public void A_row_that_refused_an_event_takes_no_further_one_for_ever()
    {
        var random = new Random(5);
        var row = new PathRow();
        var changes = Changes(random, 10).Where(change => change.Event is not null).ToArray();
        Assert.True(row.TryApply(changes[0], isLastRow: false));
        var heavy = changes[1] with { Touches = [.. Enumerable.Range(0, 2000).Select(i => Touch.Of(new ClickId(i, i, 0), ClickSamples.One()))] };
        Assert.False(row.TryApply(heavy, isLastRow: false));
        row = PathRow.FromBytes(row.ToBytes());
        // There is room for it, but the event went on to another row.
        Assert.False(row.TryApply(new PathChange(heavy.Type, heavy.Id, heavy.At) { IsCancelled = true }, isLastRow: false));
        Assert.False(row.TryApply(changes[2], isLastRow: false));
        Assert.True(row.TryApply(new PathChange(changes[0].Type, changes[0].Id, changes[0].At) { IsCancelled = true }, isLastRow: false));
        Assert.True(Assert.Single(row.Paths()).Conversion.IsCancelled);
    }

    [Fact]
    public void Damaged_bytes_are_no_row()
    {
        var row = new PathRow();
        foreach (var change in Changes(new Random(3), 20))
            row.TryApply(change, isLastRow: false);
        var bytes = row.ToBytes();
        for (var length = 0; length < bytes.Length; length += 7)
            Assert.ThrowsAny<InvalidDataException>(() => PathRow.FromBytes(bytes.AsSpan(0, length)));
        Assert.ThrowsAny<InvalidDataException>(() => PathRow.FromBytes([9]));
    }

    /// <summary>What was reported of events, what took some back, and their paths, each a change of its own.</summary>
    internal static IEnumerable<PathChange> Changes(Random random, int events)
    {
        for (var i = 0; i < events; i++)
        {
            var change = new PathChange("order", $"order-{i}", ClickSamples.Start.AddSeconds(random.Next(40_000)));
            yield return change with
            {
                Event = new Conversion
                {
                    Id = change.Id,
                    At = change.At,
                    ListingId = random.Next(3) == 0 ? null : $"item-{random.Next(50)}",
                    Value = random.Next(4) == 0 ? null : random.Next(100_000) / 100m,
                    Currency = "CNY",
                    RefundedAtFirst = random.Next(9) == 0 ? 1 : null,
                },
            };
            if (random.Next(5) == 0)
                yield return change with { IsCancelled = true };
            for (var refund = 0; random.Next(4) == 0; refund++)
                yield return change with { Refunds = [new Refund(refund == 0 ? null : $"refund-{refund}", random.Next(100), random.Next(4) switch { 0 => null, 1 => "USD", _ => "CNY" })] };
            if (random.Next(5) != 0)
            {
                yield return change with
                {
                    Touches = [.. Enumerable.Range(0, random.Next(6)).Select(touch => random.Next(4) == 0
                        ? new Touch(new ClickId(random.NextInt64(ClickId.MaxStream), touch, ClickId.FirstEventPlace), change.At.AddMinutes(-touch), null)
                        : Touch.Of(new ClickId(random.NextInt64(ClickId.MaxStream), touch, 0), ClickSamples.One(ClickSamples.Link(random.Next(30)), change.At.AddMinutes(-touch))))],
                };
            }
        }
    }
}
