using ShareLinks.Attribution;

namespace ShareLinks.Tests.Attribution;

public class KFactorTests
{
    [Theory]
    [InlineData(200, 50, 30, 0.25, 0.6, 0.15)]
    [InlineData(10, 40, 20, 4, 0.5, 2)]
    [InlineData(10, 0, 3, 0, 0, 0)]
    [InlineData(0, 5, 2, 0, 0.4, 0)]
    public void K_is_shares_per_user_times_conversions_per_share(long users, long shares, long conversions, double perUser, double perShare, double k)
    {
        var factor = new KFactor(users, shares, conversions);
        Assert.Equal((perUser, perShare), (factor.SharesPerUser, factor.ConversionsPerShare));
        Assert.Equal(k, factor.Value, 1e-15);
    }
}
