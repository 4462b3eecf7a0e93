using System.Text.RegularExpressions;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests;

/// <summary>The documented promises.</summary>
public partial class PromisesTests
{
    [Fact]
    public void Every_test_that_is_to_hold_a_promise_is_there()
    {
        var promises = Document.Named("docs/promises.md").Rows().Skip(1).ToList();
        Assert.InRange(promises.Count, 15, 100);
        var classes = typeof(PromisesTests).Assembly.GetTypes().Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true))).Select(type => type.Name).ToHashSet();
        Assert.All(promises, promise =>
        {
            var tests = TestName().Matches(promise[1]).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(tests);
            Assert.All(tests, test => Assert.Contains(test, classes));
        });
    }

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex TestName();
}
