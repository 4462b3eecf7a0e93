namespace ShareLinks.Rollups;

/// <summary>What the clicks of a day are told apart by, beside the hour. Stored: numbers never change.</summary>
internal enum Dimension
{
    App = 0,
    Os = 1,
    Country = 2,
    Entry = 3,

    /// <summary>What people were answered; unlike the others it has the misses too.</summary>
    Action = 4,
    Channel = 5,
    Campaign = 6,
    Placement = 7,
}

internal static class Dimensions
{
    public const int Count = 8;

    /// <summary>Values of a dimension that are kept apart for a day; the rest is counted as <c>other</c>.</summary>
    /// <remarks>Together with <see cref="MaxTextBytes"/> this keeps a day below 24 KB and so a month's row below what storage takes.</remarks>
    public static int MaxValues(Dimension dimension) => dimension switch
    {
        Dimension.Placement => 500,
        Dimension.Country => 300,
        _ => 100,
    };

    /// <summary>Bytes in UTF-8 that the values kept apart have at most together.</summary>
    public static int MaxTextBytes(Dimension dimension) => dimension switch
    {
        Dimension.Placement => 6000,
        Dimension.Campaign => 2400,
        _ => 1500,
    };
}
