namespace ShareLinks.Dashboard;

/// <summary>The dashboard: section <c>ShareLinks:Dashboard</c>.</summary>
public sealed class DashboardOptions
{
    /// <summary>The marketplace's own page about a sharer, with the place <c>{sharerId}</c>, since no names are kept here.</summary>
    public string? SharerUrl { get; set; }
}
