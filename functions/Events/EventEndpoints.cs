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
            var (events, problem) = await JsonBody.ReadBatchAsync<EventRequest>(http.Request, EventJson.Instance.EventsRequest, EventsRequest.MaxEvents);
            return problem is null ? Results.Json(await intake.TakeAsync(events!), EventJson.Instance.EventsAnswer) : problem.ToResult();
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
