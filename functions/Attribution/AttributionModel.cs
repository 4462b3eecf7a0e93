namespace ShareLinks.Attribution;

/// <summary>How the credit for a conversion is divided among the touches before it; each is described in <see cref="TouchWeights"/> or <see cref="MarkovChain"/>.</summary>
internal enum AttributionModel
{
    FirstTouch,
    LastTouch,
    LastNonDirect,
    Linear,
    TimeDecay,
    PositionBased,
    Markov,
    Shapley,
}

internal static class AttributionModels
{
    private const string MarkovNote =
        "Markov: removal effects in a first-order chain of the recorded journeys. They describe those journeys and do not prove cause.";

    private const string ShapleyNote =
        "Shapley: each conversion is shared equally among the different keys that touched it. This describes the recorded journeys and does not prove cause.";

    /// <summary>All models, in the order in which they are shown.</summary>
    public static IReadOnlyList<AttributionModel> All { get; } = Enum.GetValues<AttributionModel>();

    /// <summary>The model's name in questions and answers.</summary>
    public static string Name(this AttributionModel model) => model switch
    {
        AttributionModel.FirstTouch => "first_touch",
        AttributionModel.LastTouch => "last_touch",
        AttributionModel.LastNonDirect => "last_non_direct",
        AttributionModel.Linear => "linear",
        AttributionModel.TimeDecay => "time_decay",
        AttributionModel.PositionBased => "position_based",
        AttributionModel.Markov => "markov",
        AttributionModel.Shapley => "shapley",
        _ => throw new ArgumentOutOfRangeException(nameof(model)),
    };

    /// <summary>Finds a model by its exact name; null when there is none.</summary>
    public static AttributionModel? Find(string name)
    {
        foreach (var model in All)
        {
            if (model.Name() == name)
                return model;
        }
        return null;
    }

    /// <summary>Whether the model divides each conversion among its own touches; Markov divides only all of them together.</summary>
    public static bool WeighsTouches(this AttributionModel model) => model != AttributionModel.Markov;

    /// <summary>What to know when reading the model's credits; null where its rule says it all.</summary>
    public static string? Note(this AttributionModel model) => model switch
    {
        AttributionModel.Markov => MarkovNote,
        AttributionModel.Shapley => ShapleyNote,
        _ => null,
    };
}
