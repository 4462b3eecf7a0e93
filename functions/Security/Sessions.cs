using System.Globalization;
using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.Security;

/// <summary>Sign-ins to the dashboard: a cookie that names an API key and is signed. Nothing of a single sign-in is stored.</summary>
/// <remarks>
/// The cookie reads <c>{key id}.{expiry, Unix seconds}.{epoch}.{MAC}</c>. It is good for <see cref="Lifetime"/>, as long as its key is, and until the epoch
/// moves on: table <c>settings</c>, row <c>settings/sessions</c>, <c>Epoch</c> (Int32, 0 when absent). Instances learn of either within 30 s.
/// Thread-safe.
/// </remarks>
public sealed class Sessions
{
    public const string CookieName = "sl_session";

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    private readonly SigningKeys signing;
    private readonly ApiKeyTable keys;
    private readonly DevelopmentKey developmentKey;
    private readonly Table table;
    private readonly FreshCache<string, Epoch> epoch;
    private readonly TimeProvider time;

    public Sessions(SigningKeys signing, ApiKeyTable keys, DevelopmentKey developmentKey, StorageAccount account, TimeProvider time)
    {
        (this.signing, this.keys, this.developmentKey, this.time) = (signing, keys, developmentKey, time);
        table = account.Table("settings");
        epoch = new(1, async _ => new Epoch((await table.GetAsync("settings", "sessions"))?.GetInt32("Epoch") ?? 0), time, maxStale: FreshCache<string, Epoch>.Fresh);
    }

    /// <summary>Signs a caller in who shows an API key; null when there is no such key.</summary>
    /// <param name="http">The request, whose answer gets the cookie.</param>
    /// <param name="secretKey">What was typed in.</param>
    /// <param name="isSecure">Whether people reach this service by https.</param>
    /// <param name="permit">Pays for what is no key.</param>
    public async Task<ApiKey?> SignInAsync(HttpContext http, string secretKey, bool isSecure, LookupPermit permit)
    {
        if ((developmentKey.Find(secretKey) ?? await keys.FindAsync(secretKey, permit)) is not { } key)
            return null;
        var expires = time.GetUtcNow() + Lifetime;
        var inEpoch = (await EpochAsync()).Number;
        var content = string.Create(CultureInfo.InvariantCulture, $"{key.Id}.{expires.ToUnixTimeSeconds()}.{inEpoch}");
        http.Response.Cookies.Append(CookieName, $"{content}.{signing.Sign("session", content)}", Options(isSecure, expires));
        return key;
    }

    public static void SignOut(HttpContext http, bool isSecure) => http.Response.Cookies.Delete(CookieName, Options(isSecure, null));

    /// <summary>The key that a request's cookie names; null when nobody is signed in (any more).</summary>
    public async Task<ApiKey?> FindAsync(HttpRequest request)
    {
        if (request.Cookies[CookieName] is not { } cookie || cookie.Split('.') is not [var id, var expires, var inEpoch, var mac])
            return null;
        var content = $"{id}.{expires}.{inEpoch}";
        if (!signing.IsSigned("session", content, mac)
            || long.Parse(expires, CultureInfo.InvariantCulture) <= time.GetUtcNow().ToUnixTimeSeconds()
            || inEpoch != (await EpochAsync()).Number.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }
        return developmentKey.FindById(id) ?? await keys.FindByIdAsync(id);
    }

    /// <summary>What the forms of a signed-in person's pages carry, which no other site can know.</summary>
    public string FormToken(HttpRequest request) => signing.Sign("form", request.Cookies[CookieName] ?? "");

    /// <summary>Whether a form comes from one of the person's own pages.</summary>
    public bool IsOwnForm(HttpRequest request, string? token) =>
        request.Cookies[CookieName] is { } cookie && signing.IsSigned("form", cookie, token);

    /// <summary>Ends all sessions: at once here, within 30 s elsewhere.</summary>
    public async Task EndAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await table.GetAsync("settings", "sessions", cancellationToken);
            var next = new TableEntity("settings", "sessions") { ["Epoch"] = 1 + (row?.GetInt32("Epoch") ?? 0), ETag = row?.ETag ?? default };
            if (row is null ? await table.InsertAsync(next, cancellationToken) : await table.ReplaceAsync(next, cancellationToken))
            {
                epoch.Remove("");
                return;
            }
        }
    }

    private static CookieOptions Options(bool isSecure, DateTimeOffset? expires) =>
        new() { HttpOnly = true, Secure = isSecure, SameSite = SameSiteMode.Lax, Path = "/", Expires = expires, IsEssential = true };

    private async ValueTask<Epoch> EpochAsync() => (await epoch.GetAsync(""))!;

    private sealed record Epoch(int Number);
}
