using System.Text.RegularExpressions;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests;

/// <summary>README's table of promises.</summary>
public partial class PromisesTests
{
    [Fact]
    public async Task Every_test_that_is_to_hold_a_promise_is_there()
    {
        var readme = await File.ReadAllTextAsync(RepositoryFolder.Combine("README.md"));
        var section = readme.Split("\n## Promises\n")[1].Split("\n## ")[0];
        var promises = section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.InRange(promises.Count, 15, 100);
        var classes = typeof(PromisesTests).Assembly.GetTypes().Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true))).Select(type => type.Name).ToHashSet();
        Assert.All(promises, promise =>
        {
            var tests = TestName().Matches(promise.Split('|')[2]).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(tests);
            Assert.All(tests, test => Assert.Contains(test, classes));
        });
    }

    [GeneratedRegex("`([A-Za-z]+)`")]
    private static partial Regex TestName();
}
