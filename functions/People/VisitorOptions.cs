namespace ShareLinks.People;

/// <summary>What is kept of visitors: section <c>ShareLinks:Visitors</c>.</summary>
public sealed class VisitorOptions
{
    /// <summary>Whether a first-party cookie ties a visitor's openings together.</summary>
    public VisitorCookie Cookie { get; set; } = VisitorCookie.Off;

    /// <summary>Keys of visitors' daily numbers, 32 bytes in base64 each, the newest first: it counts from the next day on. One derived from the code key when empty.</summary>
    public IList<string> HashKeys { get; } = [];
}

public enum VisitorCookie
{
    /// <summary>No cookie.</summary>
    Off,

    /// <summary>Only for a visitor who agreed on a page of this service's.</summary>
    Ask,

    /// <summary>For everybody whose browser does not object (<c>Sec-GPC</c>, <c>DNT</c>).</summary>
    On,
}
