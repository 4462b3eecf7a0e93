namespace ShareLinks.Links;

/// <summary>The marketplace's own apps: section <c>ShareLinks:Apps</c>. What is absent is not offered.</summary>
public sealed class AppOptions
{
    public IosAppOptions Ios { get; set; } = new();

    public AndroidAppOptions Android { get; set; } = new();

    public HarmonyAppOptions Harmony { get; set; } = new();
}

public sealed class IosAppOptions
{
    /// <summary>The scheme of <c>{Scheme}://item?id={listingId}&amp;clickId={clickId}</c>, such as <c>examplemarket</c>.</summary>
    public string? Scheme { get; set; }
}

public sealed class AndroidAppOptions
{
    /// <summary>As <see cref="IosAppOptions.Scheme"/>.</summary>
    public string? Scheme { get; set; }
}

public sealed class HarmonyAppOptions
{
    /// <summary>An App Linking address, as a template with <c>{listingId}</c> and <c>{clickId}</c>.</summary>
    public string? AppLink { get; set; }
}
