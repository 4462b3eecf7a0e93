using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using ShareLinks.Http;
using ShareLinks.Rollups;
using SameSiteMode = Microsoft.AspNetCore.Http.SameSiteMode;

namespace ShareLinks.Dashboard;

/// <summary>Every word on the dashboard in one language: a file in <c>Dashboard/Languages</c>.</summary>
public sealed class DashboardWords
{
    private const string Default = "en";
    private const string CookieName = "sl_lang";
    private const string ResourcePrefix = "dashboard/";

    private static readonly Lazy<IReadOnlyList<DashboardWords>> Files = new(ReadAll);

    private readonly Dictionary<string, string> words;

    private DashboardWords(string language, Dictionary<string, string> words) => (Language, this.words) = (language, words);

    /// <summary>All languages there are.</summary>
    public static IReadOnlyList<DashboardWords> All => Files.Value;

    /// <summary>As in <c>Accept-Language</c>: <c>zh-CN</c>.</summary>
    public string Language { get; }

    /// <summary>What there are words for.</summary>
    public IReadOnlyCollection<string> Keys => words.Keys;

    /// <exception cref="KeyNotFoundException">There is no such word.</exception>
    public string this[string key] => words[key];

    /// <summary>The words for a value such as a channel, a system or an English note; the value itself where there are none, and null for none.</summary>
    [return: NotNullIfNotNull(nameof(value))]
    public string? Of(string kind, string? value) => value is null ? null : words.GetValueOrDefault($"{kind}.{value}", value);

    /// <summary>The words for what a row is about.</summary>
    internal string Of(string kind, RowKey key) => key.IsValue ? Of(kind, key.Key!) : words["key." + key.Kind];

    /// <summary>The language that somebody chose by <c>?lang=</c> (which is kept in a cookie), else the one that the browser likes best.</summary>
    public static DashboardWords For(HttpContext http, bool isSecure)
    {
        if (http.Request.Query["lang"].ToString() is { Length: > 0 } chosen && Find(chosen) is { } asked)
        {
            http.Response.Cookies.Append(
                CookieName, asked.Language, new CookieOptions { HttpOnly = true, Secure = isSecure, SameSite = SameSiteMode.Lax, Path = "/dashboard", MaxAge = TimeSpan.FromDays(365), IsEssential = true });
            return asked;
        }
        if (http.Request.Cookies[CookieName] is { } kept && Find(kept) is { } before)
            return before;
        return RequestLanguages.Choose(http.Request.Headers, All, LanguageOf) ?? Find(Default)!;
    }

    private static DashboardWords? Find(string language) => RequestLanguages.Find(language, All, LanguageOf);

    private static string LanguageOf(DashboardWords words) => words.Language;

    private static List<DashboardWords> ReadAll()
    {
        var assembly = typeof(DashboardWords).Assembly;
        var all = new List<DashboardWords>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var file = assembly.GetManifestResourceStream(name)!;
            all.Add(new DashboardWords(name[ResourcePrefix.Length..], JsonSerializer.Deserialize(file, DashboardJson.Default.DictionaryStringString)!));
        }
        return all;
    }
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class DashboardJson : JsonSerializerContext;
