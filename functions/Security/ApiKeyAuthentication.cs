using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using ShareLinks.Http;

namespace ShareLinks.Security;

/// <summary>Knows callers by the API key in <c>Authorization: Bearer …</c>, and who only reads by a session of the dashboard as well.</summary>
public sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeyTable keys, DevelopmentKey developmentKey, Sessions sessions, KeyFailureLimiter failures)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string ScopeClaim = "scope";
    private const string BearerPrefix = "Bearer ";

    /// <summary>Pays for what is no key; refused once the caller's network has shown too many.</summary>
    private LookupPermit permit = LookupPermit.Free;

    /// <summary>Adds one authorization policy for each scope. Only endpoints that ask for one look at a key.</summary>
    public static void AddTo(IServiceCollection services)
    {
        // A single scheme would be tried on every request, a visitor's too; the policies name it.
        AppContext.SetSwitch("Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme", true);
        // The core alone: all of AddAuthentication would bring data protection along, and with it keys on this machine's disk.
        services.AddAuthenticationCore(options => options.AddScheme<ApiKeyAuthentication>(SchemeName, null));
        services.AddWebEncoders();
        services.AddTransient<ApiKeyAuthentication>();
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in Scopes.All)
            Add(scope, scope);
        Add(Scopes.ScanOrIngest, Scopes.Scan, Scopes.Ingest);

        void Add(string name, params string[] anyOf) =>
            authorization.AddPolicy(name, policy => policy.AddAuthenticationSchemes(SchemeName).RequireAuthenticatedUser().RequireClaim(ScopeClaim, anyOf));
    }

    /// <summary>Asks for keys below <c>/api</c> alone, and holds each to its limit: a visitor's redirect does not pay for it.</summary>
    public static void Use(IApplicationBuilder app)
    {
        // What the framework would otherwise put before everything. Endpoints that ask for a key refuse to run without it.
        var properties = app.Properties;
        properties["__AuthenticationMiddlewareSet"] = properties["__AuthorizationMiddlewareSet"] = true;
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/api"), api => api.UseAuthorization().UseRateLimiter());
    }

    /// <summary>Whether an authenticated caller's key has a scope.</summary>
    public static bool Has(ClaimsPrincipal caller, string scope) => caller.HasClaim(ScopeClaim, scope);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0 && HttpMethods.IsGet(Request.Method) && await sessions.FindAsync(Request) is { } signedIn)
            // A cookie comes with requests that other pages make: it lets people download what the dashboard shows, and change nothing.
            return Success(signedIn.Id, signedIn.Scopes.Where(scope => scope == Scopes.Query));
        if (!header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        var secretKey = header[BearerPrefix.Length..].Trim();
        permit = failures.PermitFor(Context);
        var key = developmentKey.Find(secretKey) ?? await keys.FindAsync(secretKey, permit);
        return key is null ? AuthenticateResult.Fail("The key is unknown or revoked.") : Success(key.Id, key.Scopes);
    }

    private static AuthenticateResult Success(string keyId, IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, keyId), .. scopes.Select(scope => new Claim(ScopeClaim, scope))], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (permit.IsRefused)
            return permit.Refuse(Context).WriteAsync(Context);
        Response.Headers.WWWAuthenticate = "Bearer";
        var detail = Request.Headers.Authorization.Count == 0 ? "Send an API key: Authorization: Bearer sl_…" : "The API key is unknown or revoked.";
        return Problem.Of(StatusCodes.Status401Unauthorized, "unauthorized", detail).WriteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var needed = Context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy;
        return Problem.Of(StatusCodes.Status403Forbidden, "forbidden", $"The API key lacks the scope '{needed}'.").WriteAsync(Context);
    }
}
