using System.Text.Json.Serialization;
using ShareLinks.Http;
using ShareLinks.Security;

namespace ShareLinks.Privacy;

/// <summary><c>/api/people</c>: what is held of a person, and its erasure.</summary>
public static class PersonEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/people").RequireAuthorization(Scopes.Admin).WithTags("People");

        group.MapGet("/{userId}", async Task<IResult> (string userId, HttpContext http, PersonRecords records) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            if (Errors(userId) is { Count: > 0 } errors)
                return Problem.Invalid(errors).ToResult();
            return await records.FindAsync(userId, http.RequestAborted) is { } person
                ? Results.Json(person, PrivacyJson.Instance.PersonView)
                : Problem.NotFound("Nothing is held of anybody with this id.").ToResult();
        })
            .WithSummary("What is held of a person").Produces<PersonView>();

        group.MapDelete("/{userId}", async Task<IResult> (string userId, PersonErasure erasure) =>
        {
            if (Errors(userId) is { Count: > 0 } errors)
                return Problem.Invalid(errors).ToResult();
            // Not cancelled by a caller who hangs up.
            await erasure.EraseAsync(userId, CancellationToken.None);
            return Results.NoContent();
        })
            .WithSummary("Erase a person, as one who opened and as one who shared links: from then on clicks and links name nobody")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static List<FieldError> Errors(string userId)
    {
        var errors = new List<FieldError>();
        FieldRules.Id(errors, "/userId", userId);
        return errors;
    }
}

[JsonSerializable(typeof(PersonView))]
internal sealed partial class PrivacyJson : JsonSerializerContext
{
    public static PrivacyJson Instance { get; } = new(JsonDefaults.Create());
}
