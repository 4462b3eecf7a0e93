using ShareLinks.Reporting;

namespace ShareLinks.Dashboard;

/// <summary>What stands around every page.</summary>
public sealed record Frame
{
    /// <summary>The pages in the navigation, each with its address.</summary>
    public static IReadOnlyList<(string Page, string Address)> Pages { get; } =
        [("overview", "/dashboard"), ("attribution", "/dashboard/attribution"), ("links", "/dashboard/links"), ("posters", "/dashboard/posters")];

    public required DashboardWords Words { get; init; }

    public required ReportingZone Zone { get; init; }

    public required PageQuery Query { get; init; }

    /// <summary>Which of <see cref="Pages"/> this is, or belongs to.</summary>
    public required string Page { get; init; }

    public required string Title { get; init; }

    public required bool IsSignedIn { get; init; }

    /// <summary>Whether the person's key may make and change links.</summary>
    public bool CanMint { get; init; }

    /// <summary>What this page's forms carry.</summary>
    public required string FormToken { get; init; }

    /// <summary>Whether the page shows figures, so that it says how far they are complete.</summary>
    public bool HasFigures { get; init; }

    /// <summary>Every click that was stored before this moment is counted; null when there never was one.</summary>
    public DateTimeOffset? CompleteThrough { get; init; }

    public string OtherLanguageAddress => Query.With("lang", Words["other.language"]);
}

/// <summary>The page in the place of one that there is not.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="Text">What there is not.</param>
public sealed record NotFoundModel(Frame Frame, string Text);

/// <summary>The page on which somebody signs in.</summary>
/// <param name="Frame">What stands around it.</param>
/// <param name="To">The page to go on to.</param>
/// <param name="Problem">Which words tell why it did not work; null at first.</param>
/// <param name="DevelopmentKey">The published key where it is taken; null elsewhere.</param>
public sealed record SignInModel(Frame Frame, string To, string? Problem, string? DevelopmentKey);
