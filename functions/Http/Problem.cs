using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;

namespace ShareLinks.Http;

/// <summary>An error as <c>application/problem+json</c> (RFC 9457).</summary>
public sealed record Problem
{
    public const string ContentType = "application/problem+json";

    public string Type { get; init; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    /// <summary>What went wrong, for programs: snake_case, stable.</summary>
    public required string Code { get; init; }

    /// <summary>Names this request in the service's logs.</summary>
    public string? RequestId { get; init; }

    /// <summary>The fields that are wrong.</summary>
    public IReadOnlyList<FieldError>? Errors { get; init; }

    public static Problem Of(int status, string code, string detail, IReadOnlyList<FieldError>? errors = null) =>
        new() { Status = status, Title = ReasonPhrases.GetReasonPhrase(status), Code = code, Detail = detail, Errors = errors };

    /// <summary>Some fields of the request break their rules.</summary>
    public static Problem Invalid(IReadOnlyList<FieldError> errors) =>
        Of(StatusCodes.Status400BadRequest, "invalid_request", errors.Count == 1 ? $"{errors[0].Pointer} {errors[0].Detail}." : $"{errors.Count} fields are wrong.", errors);

    /// <summary>A query parameter breaks its rules.</summary>
    public static Problem InvalidQuery(string name, string detail) =>
        Of(StatusCodes.Status400BadRequest, "invalid_request", $"The query parameter '{name}' {detail}.", [new FieldError("?" + name, detail)]);

    public static Problem NotFound(string detail) => Of(StatusCodes.Status404NotFound, "not_found", detail);

    public IResult ToResult() => new Result(this);

    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        return http.Response.WriteAsJsonAsync(
            this with { RequestId = http.TraceIdentifier }, HttpJson.Instance.Problem, ContentType, CancellationToken.None);
    }

    private sealed class Result(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => problem.WriteAsync(httpContext);
    }
}

/// <summary>What is wrong with one field.</summary>
/// <param name="Pointer">The field, as a JSON pointer (RFC 6901), or <c>?name</c> for a query parameter.</param>
/// <param name="Detail">What was expected.</param>
public sealed record FieldError(string Pointer, string Detail);

[JsonSerializable(typeof(Problem))]
internal sealed partial class HttpJson : JsonSerializerContext
{
    public static HttpJson Instance { get; } = new(JsonDefaults.Create());
}
