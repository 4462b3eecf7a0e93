using System.Text.RegularExpressions;

namespace ShareLinks.Links;

/// <summary>Addresses that open a listing inside the marketplace's own apps.</summary>
public sealed partial class AppLinks
{
    /// <summary>Schemes that would open something other than an app of the marketplace's.</summary>
    private static readonly string[] ForeignSchemes = ["http", "https", "javascript", "data", "vbscript", "file", "blob", "about", "intent", "mailto", "tel", "sms"];

    private readonly string? iosScheme;
    private readonly string? androidScheme;
    private readonly DestinationTemplate? harmonyLink;

    /// <exception cref="ArgumentException">A setting is wrong; the message names it.</exception>
    public AppLinks(AppOptions options)
    {
        iosScheme = ReadScheme(options.Ios.Scheme, "Ios");
        androidScheme = ReadScheme(options.Android.Scheme, "Android");
        if (!string.IsNullOrEmpty(options.Harmony.AppLink))
        {
            harmonyLink = DestinationTemplate.TryParse(options.Harmony.AppLink, allowHttp: false, out var error)
                ?? throw new ArgumentException($"ShareLinks:Apps:Harmony:AppLink {error}.");
        }
    }

    /// <summary>Opens a listing in the app for an OS; null when the marketplace has none there.</summary>
    /// <param name="os"><c>ios</c>, <c>ipados</c>, <c>android</c> or <c>harmony</c>; otherwise the first app there is.</param>
    /// <param name="listingId">The listing.</param>
    /// <param name="clickId">The click that led to it; null leaves its place empty.</param>
    public string? Open(string? os, string listingId, string? clickId) => os switch
    {
        "ios" or "ipados" => ByScheme(iosScheme, listingId, clickId),
        "android" => ByScheme(androidScheme, listingId, clickId),
        "harmony" => harmonyLink?.Expand(listingId, clickId),
        _ => ByScheme(iosScheme ?? androidScheme, listingId, clickId) ?? harmonyLink?.Expand(listingId, clickId),
    };

    private static string? ByScheme(string? scheme, string listingId, string? clickId) =>
        scheme is null ? null : $"{scheme}://item?id={Uri.EscapeDataString(listingId)}&clickId={clickId}";

    private static string? ReadScheme(string? scheme, string app)
    {
        if (string.IsNullOrEmpty(scheme))
            return null;
        if (!SchemeForm().IsMatch(scheme) || ForeignSchemes.Contains(scheme))
            throw new ArgumentException($"ShareLinks:Apps:{app}:Scheme must be a scheme of the app's own, such as examplemarket: a letter, then up to 31 of a-z, 0-9, +, . and -.");
        return scheme;
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9+.-]{0,31}\z")]
    private static partial Regex SchemeForm();
}
