using ShareLinks.Attribution;

namespace ShareLinks.Tests.Attribution;

public class ConversionPathTests
{
    [Fact]
    public void Touches_are_ordered_by_time_and_those_of_one_moment_stay_as_given()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var given = Enumerable.Range(0, random.Next(1, 40)).Select(i => new PathTouch(random.Next(4), $"{i:D2}", false)).ToList();
            var expected = Enumerable.Range(0, 4).SelectMany(at => given.Where(touch => touch.At == at));
            Assert.Equal(expected, new ConversionPath(3, given).Touches);
        }
    }

    [Fact]
    public void A_touch_may_be_of_the_moment_of_the_conversion_but_not_later()
    {
        Assert.Single(new ConversionPath(5, [new PathTouch(5, "a", false)]).Touches);
        Assert.Throws<ArgumentException>(() => new ConversionPath(5, [new PathTouch(6, "a", false), new PathTouch(1, "b", false)]));
    }
}
