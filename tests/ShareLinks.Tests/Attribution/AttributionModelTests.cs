using ShareLinks.Attribution;

namespace ShareLinks.Tests.Attribution;

public class AttributionModelTests
{
    [Fact]
    public void Every_model_is_found_by_its_name()
    {
        Assert.Equal(
            ["first_touch", "last_touch", "last_non_direct", "linear", "time_decay", "position_based", "markov", "shapley"],
            AttributionModels.All.Select(model => model.Name()));
        Assert.All(AttributionModels.All, model => Assert.Equal(model, AttributionModels.Find(model.Name())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("First_Touch")]
    [InlineData("FirstTouch")]
    [InlineData("0")]
    public void Another_text_names_no_model(string name) => Assert.Null(AttributionModels.Find(name));

    [Fact]
    public void Models_that_learn_from_the_data_say_that_they_prove_no_cause() => Assert.Equal(
        [AttributionModel.Markov, AttributionModel.Shapley],
        AttributionModels.All.Where(model => model.Note()?.Contains("do not prove cause", StringComparison.Ordinal) == true
            || model.Note()?.Contains("does not prove cause", StringComparison.Ordinal) == true));
}
