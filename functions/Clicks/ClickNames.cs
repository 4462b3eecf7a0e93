namespace ShareLinks.Clicks;

/// <summary>The names of entries and actions in answers and statistics.</summary>
public static class ClickNames
{
    public static string Name(this ClickEntry entry) => entry switch
    {
        ClickEntry.Code => "code",
        ClickEntry.Token => "token",
        ClickEntry.Qr => "qr",
        ClickEntry.Alias => "alias",
        ClickEntry.App => "app",
        ClickEntry.Offline => "offline",
        ClickEntry.Mini => "mini",
        _ => "unknown",
    };

    public static string Name(this ClickAction action) => action switch
    {
        ClickAction.Redirect => "redirect",
        ClickAction.Page => "page",
        ClickAction.Preview => "preview",
        ClickAction.MissUnknown => "miss_unknown",
        ClickAction.MissExpired => "miss_expired",
        ClickAction.MissDisabled => "miss_disabled",
        ClickAction.MissRemoved => "miss_removed",
        _ => "unknown",
    };

    /// <summary>Whether the link led nowhere.</summary>
    public static bool IsMiss(this ClickAction action) => action >= ClickAction.MissUnknown;
}
