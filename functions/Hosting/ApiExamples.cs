using System.Text.Json.Nodes;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Hosting;

/// <summary>An example of each request body in the API reference; a test sends every one of them, with the codes of a link that it minted.</summary>
public static class ApiExamples
{
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["POST /api/links"] = """
            { "listingId": "item-1001", "listing": { "title": "iPhone 13 128G 95新", "price": 2399.00, "currency": "CNY" },
              "sharerId": "user-7", "channel": "wechat", "campaign": "spring", "tags": { "group": "g-88" } }
            """,
        ["POST /api/links/batch"] = """
            { "links": [ { "listingId": "item-1001", "placement": "hz-market/stall-7" }, { "listingId": "item-1001", "placement": "hz-market/stall-8" } ] }
            """,
        ["PATCH /api/links/{code}"] = """
            { "listingId": "item-1002", "campaign": "summer" }
            """,
        ["PUT /api/listings/{id}"] = """
            { "state": "sold", "successorId": "item-1002", "updatedAt": "2026-11-22T17:00:00Z" }
            """,
        ["POST /api/listings/batch"] = """
            { "listings": [ { "id": "item-1001", "price": 2199.00, "currency": "CNY" }, { "id": "item-1002", "title": "iPhone 14 128G 99新" } ] }
            """,
        ["POST /api/resolve"] = """
            { "text": "【二手集市】{address}/AbC3dE9kQ ￥7K2M-9QXA-3FVD￥「iPhone 13 128G 95新」 复制整段话，打开二手集市App即可查看",
              "app": "marketplace-ios", "os": "ios", "userId": "user-9" }
            """,
        ["POST /api/clicks"] = """
            { "clicks": [ { "scanId": "8d3f2b6e-4a51-4c0e-9f53-2f1f3c1d7a90", "text": "{address}/Q/7K2M9QXA3FVD", "occurredAt": "{now}", "userId": "user-9", "os": "ios" } ] }
            """,
        ["POST /api/events"] = """
            { "events": [ { "id": "order-55", "type": "order", "occurredAt": "{now}", "userId": "user-9", "listingId": "item-1001", "value": 2399.00, "currency": "CNY" } ] }
            """,
        ["POST /api/keys"] = """
            { "name": "order service", "scopes": [ "mint", "query" ] }
            """,
    };

    /// <summary>The example for a method and route; null where there is no body.</summary>
    /// <param name="method">Such as <c>POST</c>.</param>
    /// <param name="route">Such as <c>/api/links</c>.</param>
    /// <param name="address">The service's own address.</param>
    /// <param name="now">A time that the service takes for a recent one.</param>
    public static JsonNode? Body(string method, string route, PublicAddress address, DateTimeOffset now) => Bodies.TryGetValue($"{method} {route}", out var body)
        ? JsonNode.Parse(body.Replace("{address}", address.ToString(), StringComparison.Ordinal).Replace("{now}", JsonDefaults.Format(now), StringComparison.Ordinal))
        : null;
}
