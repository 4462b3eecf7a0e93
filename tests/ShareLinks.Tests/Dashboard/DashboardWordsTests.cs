using System.Reflection;
using System.Text.RegularExpressions;
using ShareLinks.Attribution;
using ShareLinks.Dashboard;
using ShareLinks.Posters;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Dashboard;

public partial class DashboardWordsTests
{
    private const string Says = "says.";

    [Fact]
    public void Every_language_has_every_word()
    {
        Assert.Equal(["en", "zh-CN"], DashboardWords.All.Select(words => words.Language));
        Assert.All(DashboardWords.All, words =>
        {
            Assert.Equal(DashboardWords.All[0].Keys.Order(StringComparer.Ordinal), words.Keys.Where(key => !key.StartsWith(Says, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            Assert.All(words.Keys, key => Assert.NotEmpty(words[key]));
        });
    }

    [Fact]
    public void What_answers_say_in_English_the_pages_say_in_every_language()
    {
        var notes = new[] { typeof(AttributionModels), typeof(AttributionQuestions), typeof(EventExplainer) }
            .SelectMany(type => type.GetFields(BindingFlags.NonPublic | BindingFlags.Static))
            .Where(field => field.IsLiteral && field.Name.EndsWith("Note", StringComparison.Ordinal))
            .Select(field => Says + field.GetRawConstantValue());
        Assert.All(DashboardWords.All.Where(words => words.Language != "en"), words =>
            Assert.Equal(notes.Order(StringComparer.Ordinal), words.Keys.Where(key => key.StartsWith(Says, StringComparison.Ordinal)).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Every_word_that_a_page_asks_for_is_there()
    {
        var words = DashboardWords.All[0];
        var asked = 0;
        foreach (var page in Directory.EnumerateFiles(RepositoryFolder.Combine("functions", "Dashboard"), "*.cs*", SearchOption.AllDirectories))
        {
            foreach (Match word in Word().Matches(File.ReadAllText(page)))
            {
                Assert.True(words.Keys.Contains(word.Groups[1].Value), $"{page}: {word.Groups[1].Value}");
                asked++;
            }
        }
        Assert.InRange(asked, 60, 1000);
        Assert.All(AttributionModels.All, model => Assert.NotEmpty(words["model." + model.Name()]));
        Assert.All(Enum.GetNames<PosterTrait>(), trait => Assert.NotEmpty(words["trait." + trait.ToLowerInvariant()]));
        Assert.All(Enum.GetNames<PosterAdvice>().Skip(1), advice => Assert.NotEmpty(words["advice." + advice.ToLowerInvariant()]));
        Assert.All(new[] { "wrong", "reversed", "long" }, problem => Assert.NotEmpty(words["range." + problem]));
        Assert.All(PosterPaper.All, paper => Assert.NotEmpty(words["paper." + paper.Name]));
        Assert.All(PosterStyle.Levels, level => Assert.NotEmpty(words["level." + level]));
        Assert.All(PostersPage.Fields, field => Assert.NotEmpty(words["poster." + field]));
        Assert.All(new[] { "after_event", "before_lookback", "other_listing", "claimed_user", "other_user", "same_visit", "too_many" }, reason => Assert.NotEmpty(words["reason." + reason]));
    }

    [GeneratedRegex("""[wW]ords\["([a-z.]+[a-z])"\]""")]
    private static partial Regex Word();
}
