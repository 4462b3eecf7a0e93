namespace ShareLinks.Resolving;

/// <summary>A row of the route table: an entry of section <c>ShareLinks:Routes</c>.</summary>
public sealed class RouteRowOptions
{
    /// <summary>The row's name. That of a row of the product's own replaces it where it stands; rows of other names come before those.</summary>
    public string? Name { get; set; }

    /// <summary>Apps, such as <c>wechat</c>; any when empty.</summary>
    public IList<string> Apps { get; } = [];

    /// <summary>Systems, such as <c>ios</c>; any when empty.</summary>
    public IList<string> Systems { get; } = [];

    /// <summary>The oldest version of WeChat, such as <c>7.0.5</c>; any when absent.</summary>
    public string? MinVersion { get; set; }

    /// <summary><c>redirect</c>, <c>page</c>, or <c>auto</c>: a page when it has more to offer than the web page.</summary>
    public string? Action { get; set; }

    /// <summary>Ways on, such as <c>universal_link</c>, the first that is there being the main one.</summary>
    public IList<string> Ways { get; } = [];
}
