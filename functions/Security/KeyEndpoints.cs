using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Security;

/// <summary><c>/api/keys</c>: making, listing and revoking API keys.</summary>
public static class KeyEndpoints
{
    private const int MaxNameLength = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/keys").RequireAuthorization(Scopes.Admin).WithTags("Keys");

        group.MapPost("", async Task<IResult> (HttpContext http, ApiKeyTable keys) =>
        {
            var (request, problem) = await JsonBody.ReadAsync(http.Request, SecurityJson.Instance.KeyRequest);
            if (problem is not null)
                return problem.ToResult();
            var errors = Validate(request!);
            if (errors.Count > 0)
                return Problem.Invalid(errors).ToResult();
            var (key, secretKey) = await keys.CreateAsync(request!.Name ?? "", [.. request.Scopes!.Distinct()], http.RequestAborted);
            http.Response.Headers.CacheControl = "no-store";
            return Results.Json(KeyView.Of(key, secretKey), SecurityJson.Instance.KeyView, statusCode: StatusCodes.Status201Created);
        })
            .WithSummary("Make an API key; the answer is the only place that ever shows it")
            .Accepts<KeyRequest>("application/json").Produces<KeyView>(StatusCodes.Status201Created);

        group.MapGet("", async Task<IResult> (HttpContext http, ApiKeyTable keys) =>
            Results.Json(new KeyList([.. (await keys.ListAsync(http.RequestAborted)).Select(key => KeyView.Of(key))]), SecurityJson.Instance.KeyList))
            .WithSummary("List the API keys").Produces<KeyList>();

        group.MapDelete("/{id}", async Task<IResult> (string id, HttpContext http, ApiKeyTable keys) =>
            ApiKeyTable.IsId(id) && await keys.RevokeAsync(id, http.RequestAborted)
                ? Results.NoContent()
                : Problem.NotFound("There is no key with this id.").ToResult())
            .WithSummary("Revoke an API key; every instance refuses it within 30 s").Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>What is wrong with a list of scopes; null when nothing is.</summary>
    public static string? ErrorIn(IReadOnlyCollection<string?>? scopes) =>
        scopes is null or { Count: 0 } || scopes.Any(scope => scope is null || !Scopes.All.Contains(scope))
            ? $"must name one or more of {string.Join(", ", Scopes.All)}"
            : null;

    /// <summary>What is wrong with a key's name; null when nothing is.</summary>
    public static string? ErrorInName(string? name) =>
        name is not null && (name.Length > MaxNameLength || name.Any(char.IsControl))
            ? $"must have at most {MaxNameLength} characters, none of them a control character"
            : null;

    private static List<FieldError> Validate(KeyRequest request)
    {
        var errors = new List<FieldError>();
        if (ErrorIn(request.Scopes) is { } error)
            errors.Add(new("/scopes", error));
        if (ErrorInName(request.Name) is { } nameError)
            errors.Add(new("/name", nameError));
        return errors;
    }
}

public sealed record KeyRequest(string? Name, IReadOnlyList<string>? Scopes);

/// <summary>An API key as callers see it.</summary>
/// <param name="Id">Names the key.</param>
/// <param name="Key">The key itself, only in the answer that made it.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record KeyView(
    string Id, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key, string Name, IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt)
{
    public static KeyView Of(ApiKey key, string? secretKey = null) => new(key.Id, secretKey, key.Name, key.Scopes, key.CreatedAt);
}

public sealed record KeyList(IReadOnlyList<KeyView> Keys);

[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(KeyList))]
internal sealed partial class SecurityJson : JsonSerializerContext
{
    public static SecurityJson Instance { get; } = new(JsonDefaults.Create());
}
