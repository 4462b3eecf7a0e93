using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ShareLinks.Links;

/// <summary>The files by which phones see which apps may open this service's links.</summary>
/// <remarks>Their shapes are Apple's, Google's and Huawei's; each is null when no app is configured for it.</remarks>
public sealed partial class AssociationFiles
{
    public const string ApplePath = "/.well-known/apple-app-site-association";
    public const string AndroidPath = "/.well-known/assetlinks.json";
    public const string HarmonyPath = "/.well-known/applinking.json";

    /// <summary>
    /// Apple's patterns, the first that fits decides; in them <c>*</c> crosses slashes too and <c>?</c> is one character. Links are <c>/{code}</c>, <c>/{alias}</c> and
    /// <c>/Q/{token}</c>; everything else with two or more parts (the API, the QR pictures) and this service's own pages stay in the browser.
    /// </summary>
    private static readonly (string Pattern, bool Opens)[] Paths =
    [
        ("/Q/?*", true),
        ("/*/*", false),
        .. new[] { "/", "/docs", "/openapi", "/dashboard", "/find", "/api", "/visitor-consent" }.Select(page => (page, false)),
        ("/?*", true),
    ];

    /// <exception cref="ArgumentException">A setting is wrong; the message names it.</exception>
    public AssociationFiles(AppOptions options)
    {
        Apple = options.Ios.AppIds.Count == 0 ? null : BuildApple(options.Ios.AppIds);
        Android = BuildAndroid(options.Android);
        Harmony = string.IsNullOrEmpty(options.Harmony.AppIdentifier) ? null : BuildHarmony(options.Harmony.AppIdentifier);
    }

    /// <summary>For Universal Links, at <see cref="ApplePath"/>.</summary>
    public string? Apple { get; }

    /// <summary>For App Links, at <see cref="AndroidPath"/>.</summary>
    public string? Android { get; }

    /// <summary>For App Linking, at <see cref="HarmonyPath"/>.</summary>
    public string? Harmony { get; }

    private static string BuildApple(IList<string> appIds)
    {
        if (!appIds.All(id => AppleAppId().IsMatch(id)))
            throw new ArgumentException("ShareLinks:Apps:Ios:AppIds must each be a team's 10 capital letters and digits, a dot and the bundle's id, such as ABCDE12345.example.market.");
        return new JsonObject
        {
            ["applinks"] = new JsonObject
            {
                ["details"] = new JsonArray(new JsonObject
                {
                    ["appIDs"] = ArrayOf(appIds),
                    ["components"] = new JsonArray([.. Paths.Select(Component)]),
                }),
            },
        }.ToJsonString();
    }

    private static JsonNode Component((string Pattern, bool Opens) path)
    {
        var component = new JsonObject { ["/"] = path.Pattern };
        if (!path.Opens)
            component["exclude"] = true;
        return component;
    }

    private static string? BuildAndroid(AndroidAppOptions android)
    {
        if (!string.IsNullOrEmpty(android.Package) && !AndroidPackage().IsMatch(android.Package))
            throw new ArgumentException("ShareLinks:Apps:Android:Package must be the app's package, such as example.market.");
        if (!android.Sha256Fingerprints.All(fingerprint => Fingerprint().IsMatch(fingerprint)))
            throw new ArgumentException("ShareLinks:Apps:Android:Sha256Fingerprints must each be 32 pairs of hexadecimal digits, joined by colons.");
        if (android.Sha256Fingerprints.Count == 0)
            return null;
        if (string.IsNullOrEmpty(android.Package))
            throw new ArgumentException("ShareLinks:Apps:Android:Package must be set with Sha256Fingerprints.");
        return new JsonArray(new JsonObject
        {
            ["relation"] = new JsonArray("delegate_permission/common.handle_all_urls"),
            ["target"] = new JsonObject
            {
                ["namespace"] = "android_app",
                ["package_name"] = android.Package,
                ["sha256_cert_fingerprints"] = ArrayOf(android.Sha256Fingerprints.Select(fingerprint => fingerprint.ToUpperInvariant())),
            },
        }).ToJsonString();
    }

    private static string BuildHarmony(string appIdentifier)
    {
        if (!HarmonyAppIdentifier().IsMatch(appIdentifier))
            throw new ArgumentException("ShareLinks:Apps:Harmony:AppIdentifier must be the app's identifier in AppGallery Connect: up to 128 letters, digits, dots, hyphens and underscores.");
        return new JsonObject
        {
            ["applinking"] = new JsonObject { ["apps"] = new JsonArray(new JsonObject { ["appIdentifier"] = appIdentifier }) },
        }.ToJsonString();
    }

    private static JsonArray ArrayOf(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);

    [GeneratedRegex(@"\A[A-Z0-9]{10}(\.[A-Za-z0-9-]+){1,10}\z")]
    private static partial Regex AppleAppId();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+\z")]
    private static partial Regex AndroidPackage();

    [GeneratedRegex(@"\A[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}\z")]
    private static partial Regex Fingerprint();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,128}\z")]
    private static partial Regex HarmonyAppIdentifier();
}
