using System.Text.Json.Serialization;
using ShareLinks.Http;
using ShareLinks.Security;

namespace ShareLinks.Events;

/// <summary><c>POST /api/events</c>: what people did, as the marketplace's servers report it.</summary>
public static class EventEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/events", async Task<IResult> (HttpContext http, EventIntake intake) =>
        {
            var (request, problem) = await JsonBody.ReadAsync(http.Request, EventJson.Instance.EventsRequest);
            if (problem is not null)
                return problem.ToResult();
            if (request!.Events is not { Count: > 0 and <= EventsRequest.MaxEvents } events || events.Contains(null!))
                return Problem.Invalid([new("/events", $"must have 1 to {EventsRequest.MaxEvents} objects")]).ToResult();
            return Results.Json(await intake.TakeAsync(events), EventJson.Instance.EventsAnswer);
        })
            .RequireAuthorization(Scopes.Ingest)
            .WithTags("Events").WithSummary("Report orders, sign-ups and other events, their cancellations and their refunds, each once")
            .Accepts<EventsRequest>("application/json").Produces<EventsAnswer>();
}

[JsonSerializable(typeof(EventsRequest))]
[JsonSerializable(typeof(EventsAnswer))]
internal sealed partial class EventJson : JsonSerializerContext
{
    public static EventJson Instance { get; } = new(JsonDefaults.Create());
}
