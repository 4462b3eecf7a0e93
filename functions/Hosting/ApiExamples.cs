using System.Text.Json.Nodes;

namespace ShareLinks.Hosting;

/// <summary>An example of each request body in the API reference; a test sends every one of them.</summary>
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
        ["POST /api/keys"] = """
            { "name": "order service", "scopes": [ "mint", "query" ] }
            """,
    };

    /// <summary>The example for a method and route; null where there is no body.</summary>
    public static JsonNode? Body(string method, string route) => Bodies.TryGetValue($"{method} {route}", out var body) ? JsonNode.Parse(body) : null;
}
