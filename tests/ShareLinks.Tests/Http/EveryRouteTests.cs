using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using ShareLinks.Hosting;
using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Http;

/// <summary>Every route the app has, asked by hostile requests: never a 5xx, never a hang, and nothing that was sent is markup in what is shown.</summary>
public partial class EveryRouteTests(Azurite azurite)
{
    private static readonly string[] Headers =
        ["User-Agent", "Accept-Language", "Referer", "Cookie", "Authorization", "X-Forwarded-For", "X-Forwarded-Host", "Idempotency-Key", "Range", "If-None-Match", "Sec-Purpose", "DNT", "x-ms-invocation-id"];

    [Fact]
    public async Task Whatever_is_asked_the_answer_is_a_clear_one()
    {
        await using var app = await TestApp.StartAsync(azurite, new()
        {
            ["ShareLinks:Limits:RequestsPerKey"] = "1000000",
            ["ShareLinks:Destinations:AllowedHosts:0"] = "market.example",
            ["ShareLinks:Brand:en"] = "Fleamarket",
        });
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        })
        { BaseAddress = app.Client.BaseAddress, Timeout = Scale.HangTimeout };
        var routes = Routes(app);
        Assert.InRange(routes.Count, 60, 1000);
        var known = await KnownAsync(app, client);

        var asked = new ConcurrentDictionary<string, int>();
        var shown = 0;
        var requests = (
            from route in Gen.Elements(routes.ToArray())
            from texts in Gen.ArrayOf(Hostile.Text, 6)
            from choice in Gen.Choose(0, int.MaxValue - 1)
            select (Route: route, Texts: texts, Choice: choice)).Sample(Scale.Of(100_000, 50), new Rnd(7), 40);
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (sample, cancellation) =>
        {
            using var request = Make(sample.Route, sample.Texts, new Random(sample.Choice), known);
            var told = $"{request} {(request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellation))}";
            try
            {
                using var response = await client.SendAsync(request, cancellation);
                var body = await response.Content.ReadAsStringAsync(cancellation);
                Assert.True((int)response.StatusCode < 500, $"{response.StatusCode} to {told}\n{body}");
                asked.AddOrUpdate(sample.Route.Name, 1, (_, count) => count + 1);
                if (response.Content.Headers.ContentType?.MediaType is not ("text/html" or "image/svg+xml" or "application/xhtml+xml"))
                    return;
                Assert.False(Reflected().IsMatch(body), $"{told}\nis shown without encoding:\n{body}");
                if (body.Contains("slprobe", StringComparison.Ordinal))
                    Interlocked.Increment(ref shown);
            }
            catch (HttpRequestException fault) when (fault.InnerException is IOException)
            {
                // The server closes a connection whose request line or headers are too long, without reading on.
            }
            catch (TaskCanceledException)
            {
                Assert.Fail($"No answer to {told}");
            }
        });
        Assert.Equal(routes.Select(route => route.Name).Order(), asked.Keys.Order());
        // Some was shown, encoded.
        Assert.InRange(shown, Scale.Of(500, 50), int.MaxValue);
        Assert.Equal(HttpStatusCode.Found, (await app.Client.GetAsync("/" + known.Values["code"])).StatusCode);
    }

    private static List<AskedRoute> Routes(TestApp app)
    {
        var address = app.Get<PublicAddress>();
        var now = TimeProvider.System.GetUtcNow();
        return [.. app.Get<AppEndpoints>().All.SelectMany(endpoint =>
            (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method =>
            {
                var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
                return new AskedRoute(method, endpoint.RoutePattern, $"{method} {path}", ApiExamples.Body(method, path, address, now)?.ToJsonString());
            })).DistinctBy(route => route.Name)];
    }

    /// <summary>What is right: so that requests get past the first check.</summary>
    private static async Task<Known> KnownAsync(TestApp app, HttpClient client)
    {
        var link = await app.MintAsync(new { listingId = "item-1001", listing = new { title = "\"><slprobe> Lamp" }, sharerId = "user-7", channel = "wechat", campaign = "' slprobe='1" });
        var code = link["code"]!.GetValue<string>();
        using var opened = await app.Client.GetAsync("/" + code);
        var signedIn = await client.PostAsync("/dashboard/sign-in", new FormUrlEncodedContent([new("key", DevelopmentKey.Value)]));
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var page = new HttpRequestMessage(HttpMethod.Get, "/dashboard/links") { Headers = { { "Cookie", cookie } } };
        using var links = await client.SendAsync(page);
        var token = FormToken().Match(await links.Content.ReadAsStringAsync()).Groups[1].Value;
        Assert.NotEmpty(token);
        var document = await app.GetJsonAsync("/openapi/v1.json");
        var queries = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).SelectMany(method => method.Value!["parameters"]?.AsArray() ?? [])
            .Where(parameter => parameter!["in"]!.GetValue<string>() == "query").Select(parameter => parameter!["name"]!.GetValue<string>());
        return new Known(
            new()
            {
                ["code"] = code,
                ["token"] = link["qrUrl"]!.GetValue<string>().Split('/')[^1],
                ["clickId"] = opened.Headers.Location!.Query.Split("clickId=")[1],
                ["id"] = "item-1001",
                ["userId"] = "user-7",
                ["listingId"] = "item-1001",
                ["type"] = "order",
                ["documentName"] = "v1",
            },
            // Those of pages are in no document.
            [.. queries.Union(["text", "format", "to", "from", "days", "q", "subject", "type", "id", "by", "event", "model", "lang", "compare", "after", "limit", "case", "logo", "width", "code", "x-functions-key"])],
            cookie, token);
    }

    private static HttpRequestMessage Make(AskedRoute route, string[] texts, Random random, Known known)
    {
        var path = new StringBuilder();
        foreach (var segment in route.Pattern.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    RoutePatternLiteralPart literal => literal.Content,
                    RoutePatternSeparatorPart separator => separator.Content,
                    RoutePatternParameterPart parameter => random.Next(2) == 0 && known.Values.TryGetValue(parameter.Name, out var value) ? value : Escape(texts[0] is "" or "." or ".." ? "x" : texts[0]),
                    _ => "",
                });
            }
        }
        if (path.Length == 0)
            path.Append('/');
        for (var i = random.Next(4); i > 0; i--)
            path.Append(path.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?').Append(Escape(known.Queries[random.Next(known.Queries.Length)])).Append('=').Append(Escape(texts[random.Next(texts.Length)]));
        var request = new HttpRequestMessage(new HttpMethod(route.Method), new Uri(path.ToString(), UriKind.Relative));
        if (random.Next(2) == 0)
            request.Headers.TryAddWithoutValidation("Accept", "text/html");
        if (random.Next(8) > 0)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + DevelopmentKey.Value);
        if (random.Next(8) > 0)
            request.Headers.TryAddWithoutValidation("Cookie", known.Cookie);
        if (route.Method is "POST" or "PUT" or "PATCH")
        {
            request.Content = route.Example is not null && random.Next(4) > 0 ? Json(Mutated(route.Example, texts, random))
                : random.Next(2) == 0 ? Form(texts, random, known)
                : Json(texts[1]);
        }
        for (var i = random.Next(3); i > 0; i--)
        {
            var name = Headers[random.Next(Headers.Length)];
            var value = new string([.. Valid(texts[random.Next(texts.Length)]).Where(c => !char.IsControl(c))]);
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static FormUrlEncodedContent Form(string[] texts, Random random, Known known) => new(
        new[] { "listingId", "title", "sharerId", "channel", "campaign", "placement", "alias", "web", "code", "change", "key", "to", "answer", "q" }
            .Where(_ => random.Next(3) > 0)
            .Select(name => KeyValuePair.Create(name, name == "code" && random.Next(2) == 0 ? known.Values["code"] : Valid(texts[random.Next(texts.Length)])))
            .Append(new("token", random.Next(8) > 0 ? known.FormToken : texts[0])));

    /// <summary>A right body with one or two of its values exchanged for what does not belong there.</summary>
    private static string Mutated(string example, string[] texts, Random random)
    {
        var body = JsonNode.Parse(example)!;
        for (var i = random.Next(1, 3); i > 0; i--)
        {
            var places = Places(body).ToList();
            var (parent, key) = places[random.Next(places.Count)];
            JsonNode? value = random.Next(10) switch
            {
                0 => null,
                1 => JsonValue.Create(random.NextInt64()),
                2 => JsonValue.Create(-0.0000001),
                3 => JsonNode.Parse(string.Concat(Enumerable.Repeat("[", 30)) + string.Concat(Enumerable.Repeat("]", 30))),
                4 => new JsonArray([.. Enumerable.Range(0, 1200).Select(_ => (JsonNode?)new JsonObject())]),
                5 => new JsonObject { [Valid(texts[2])] = Valid(texts[3]) },
                6 => JsonValue.Create(true),
                _ => JsonValue.Create(Valid(texts[random.Next(texts.Length)])),
            };
            if (parent is JsonObject members)
                members[key] = value;
            else
                parent.AsArray()[int.Parse(key, CultureInfo.InvariantCulture)] = value;
        }
        return body.ToJsonString();
    }

    private static IEnumerable<(JsonNode Parent, string Key)> Places(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(member => Places(node, member.Key, member.Value)),
        JsonArray items => items.SelectMany((item, i) => Places(node, i.ToString(CultureInfo.InvariantCulture), item)),
        _ => [],
    };

    private static IEnumerable<(JsonNode Parent, string Key)> Places(JsonNode parent, string key, JsonNode? child) => child is null ? [(parent, key)] : Places(child).Prepend((parent, key));

    private static string Escape(string text) => Uri.EscapeDataString(Valid(text));

    /// <summary>Without unpaired surrogates, which no client can send.</summary>
    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    [GeneratedRegex("<slprobe|[\"'] ?slprobe=")]
    private static partial Regex Reflected();

    [GeneratedRegex("name=\"token\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    private sealed record AskedRoute(string Method, RoutePattern Pattern, string Name, string? Example);

    /// <param name="Values">Right values of parameters in paths.</param>
    /// <param name="Queries">Names of parameters in queries.</param>
    /// <param name="Cookie">Of somebody who signed in.</param>
    /// <param name="FormToken">Of that person's forms.</param>
    private sealed record Known(Dictionary<string, string> Values, string[] Queries, string Cookie, string FormToken);
}
