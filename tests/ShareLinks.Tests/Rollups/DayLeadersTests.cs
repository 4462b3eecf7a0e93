using ShareLinks.Rollups;

namespace ShareLinks.Tests.Rollups;

public class DayLeadersTests
{
    [Theory]
    [InlineData(10, 8)]
    [InlineData(500, 8)]
    [InlineData(501, 8)]
    [InlineData(3000, 8)]
    [InlineData(3000, 100)]
    public void The_leaders_are_exactly_those_with_most_clicks_whatever_the_order(int subjects, int keyLength)
    {
        var random = new Random(subjects);
        var clicks = new Dictionary<string, long>(StringComparer.Ordinal);
        var leaders = DayLeaders.None;
        for (var step = 0; step < 300; step++)
        {
            // Few at a time, the popular ones more often; some never grow.
            var grown = Enumerable.Range(0, random.Next(1, 60)).Select(_ => $"{Math.Min(random.Next(subjects), random.Next(subjects)).ToString("D8", null)}{new string('x', keyLength - 8)}").Distinct().ToList();
            foreach (var key in grown)
                clicks[key] = clicks.GetValueOrDefault(key) + random.Next(1, 5);
            leaders = DayLeaders.FromBytes(leaders.With(grown.Select(key => (key, clicks[key]))).ToBytes());
        }
        var fit = Math.Min(DayLeaders.MaxCount, DayLeaders.MaxKeyBytes / keyLength);
        Assert.Equal(clicks.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(fit).Select(entry => (entry.Key, entry.Value)), leaders.Ranked);
        Assert.Equal(clicks.Count > fit, leaders.IsCut);
    }
}
