using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting.Worker;

/// <summary>What a client sends and gets through the Functions host is what it would send to and get from a server of the app's own.</summary>
public class PassedOnRequestsTests(Azurite azurite, PublishedApp published)
{
    private const string Forged = "x-ms-invocation-id";

    [Fact]
    public async Task A_head_an_answer_without_a_body_and_two_cookies_get_through()
    {
        await using var app = await FunctionApp.StartAsync(azurite, published, settings: new() { ["ShareLinks__Visitors__Cookie"] = "Ask" });
        var code = await app.MintCodeAsync();
        using var get = await app.Client.GetAsync("/" + code);
        using var head = await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/" + code));
        Assert.Equal(HttpStatusCode.Found, head.StatusCode);
        Assert.Equal(get.Headers.Location!.AbsolutePath, head.Headers.Location!.AbsolutePath);
        Assert.Equal("no-store", head.Headers.CacheControl!.ToString());
        Assert.Equal(get.Headers.Select(header => header.Key).Order(), head.Headers.Select(header => header.Key).Order());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());

        using var consent = await app.Client.PostAsync("/visitor-consent", new FormUrlEncodedContent([new("answer", "yes"), new("back", "/" + code)]));
        Assert.Equal(HttpStatusCode.SeeOther, consent.StatusCode);
        Assert.Equal(2, consent.Headers.GetValues("Set-Cookie").Count());

        using var refused = await app.Client.PutAsync("/api/events", null);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        // The host asks for it when it looks whether the app is ready, and follows redirects.
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task An_answer_is_passed_on_as_it_is_written_and_ends_with_its_reader()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        await using var app = await FunctionApp.StartAsync(azurite, published, connectionString: proxy.ConnectionString);
        await app.RecordBlocksAsync(azurite);
        var (isHeld, reads) = (true, 0);
        proxy.Before = request => request.IsReadOfBlocks && Volatile.Read(ref isHeld) && Interlocked.Increment(ref reads) > 1 ? Fault.Hang : Fault.None;
        using (var response = await app.Client.GetAsync("/api/clicks?limit=1200", HttpCompletionOption.ResponseHeadersRead))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            using var lines = new StreamReader(body);
            // The first lines are there while the rest is still being read.
            Assert.NotNull(JsonNode.Parse((await lines.ReadLineAsync())!)!["clickId"]);
            Assert.Equal(1, app.Host.PendingInvocations);
        }
        // The reader has gone, and nothing goes on for it, though storage never answers.
        await Wait.UntilAsync(() => app.Host.PendingInvocations == 0);
        Volatile.Write(ref isHeld, false);
        Assert.Equal(1200, (await Feed.ReadToEndAsync(app.Client)).Clicks.Count);
    }

    [Fact]
    public async Task A_fault_is_a_problem_in_words_before_an_answer_begins_and_a_broken_connection_after()
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var prefix = azurite.NewPrefix();
        await using var app = await FunctionApp.StartAsync(azurite, published, prefix, connectionString: proxy.ConnectionString);
        await app.RecordBlocksAsync(azurite);
        await app.Host.FireTimerAsync("Fold");
        var reads = 0;
        proxy.Before = request => request.IsReadOfBlocks && Interlocked.Increment(ref reads) > 1 ? Fault.TooLarge : Fault.None;
        // Cut off in the middle, it must not look whole.
        using (var response = await app.Client.GetAsync("/api/clicks/export?from=2020-01-01&to=2100-01-01&format=ndjson", HttpCompletionOption.ResponseHeadersRead))
            await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        proxy.Before = _ => Fault.None;

        var fold = new TableClient(azurite.ConnectionString, prefix + "fold");
        var row = (await fold.GetEntityAsync<TableEntity>("fold", "current")).Value;
        row.Remove("Step");
        await fold.UpdateEntityAsync(row, Azure.ETag.All, TableUpdateMode.Replace);
        using var failed = await app.Client.GetAsync("/api/stats?subject=all");
        Assert.Equal((HttpStatusCode.InternalServerError, "application/problem+json"), (failed.StatusCode, failed.Content.Headers.ContentType?.MediaType));
        Assert.Equal("internal_error", (string)JsonNode.Parse(await failed.Content.ReadAsStringAsync())!["code"]!);
        // What the timer can't do is seen as a failed call of its function.
        Assert.Contains("Failure", (await Assert.ThrowsAsync<InvalidOperationException>(() => app.Host.FireTimerAsync("Fold"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused_in_words_however_it_is_sent()
    {
        await using var app = await FunctionApp.StartAsync(azurite, published);
        foreach (var megabytes in new[] { 2, 40 })
        {
            foreach (var isChunked in new[] { false, true })
            {
                for (var round = 0; round < 10; round++)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/api/links") { Content = new ByteArrayContent(new byte[megabytes << 20]) };
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                    request.Headers.TransferEncodingChunked = isChunked;
                    using var refused = await app.Client.SendAsync(request);
                    Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
                    Assert.Contains("body_too_large", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                }
            }
        }
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/api/links") { Content = new ByteArrayContent(new byte[2 << 20]), Headers = { ExpectContinue = true } };
        asked.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await app.Client.SendAsync(asked)).StatusCode);
        // A body that is cut off, and what is not HTTP, hinder nobody.
        for (var round = 0; round < 3; round++)
        {
            await SendRawAsync(app.Host.Address.Port, "POST /api/links HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"listing");
            await SendRawAsync(app.Host.WorkerAddress.Port, "GET /\u0001%zz HTTP/1.1\r\n\u00ff:\r\n\r\n");
        }
        Assert.Equal("ok", (string)(await app.GetJsonAsync("/api/health"))["status"]!);
        Assert.False(app.Host.HasWorkerExited);
    }

    [Fact]
    public async Task A_client_that_sends_the_hosts_own_mark_is_answered_as_any_other()
    {
        await using var app = await FunctionApp.StartAsync(azurite, published);
        var code = await app.MintCodeAsync();
        // The host leaves the mark alone, so the halves of such a request do not know each other. By themselves they would wait and then fail.
        foreach (var mark in new[] { "x", "", "5c1a0000-0000-4000-8000-00000000ffff" })
            Assert.Equal(HttpStatusCode.Found, (await SendForgedAsync(mark)).StatusCode);
        var forged = Enumerable.Range(0, 100).Select(i => SendForgedAsync(i % 2 == 0 ? "the same" : $"another {i}")).ToList();
        var honest = Enumerable.Range(0, 100).Select(_ => app.Client.GetAsync("/" + code)).ToList();
        Assert.All(await Task.WhenAll(honest), response => Assert.Equal(HttpStatusCode.Found, response.StatusCode));
        Assert.All(await Task.WhenAll(forged), response => Assert.Equal(HttpStatusCode.Found, response.StatusCode));
        Assert.Equal(203, (await Feed.ReadToEndAsync(app.Client)).Clicks.Count);
        Assert.Equal(0, app.Host.PendingInvocations);
        // A request that no function was called for, as another program of the machine might send it.
        using var client = new HttpClient();
        using var alone = await client.GetAsync(new Uri(app.Host.WorkerAddress, "/" + code));
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (alone.StatusCode, alone.Content.Headers.ContentType?.MediaType));

        async Task<HttpResponseMessage> SendForgedAsync(string mark)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/" + code);
            request.Headers.TryAddWithoutValidation(Forged, mark);
            return await app.Client.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("CLIENT-IP")]
    [InlineData(null)]
    public async Task Only_the_header_that_the_deployment_names_tells_where_a_client_is(string? header)
    {
        await using var app = await FunctionApp.StartAsync(azurite, published, settings: new() { ["ShareLinks__ClientAddressHeader"] = header ?? "X-Nobody-Sends" });
        using var client = app.NewClient();
        foreach (var name in new[] { "X-Forwarded-For", "X-Original-For", "X-Real-IP", "Forwarded", "X-Azure-ClientIP" })
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, "203.0.113.9");
        HttpStatusCode last = default;
        for (var guess = 0; guess < 70; guess++)
            last = (await client.GetAsync($"/nothing-{guess}")).StatusCode;
        // Guesses of one network are slowed down; where networks can't be told apart, nobody is, for all would be.
        Assert.Equal(header is null ? HttpStatusCode.NotFound : HttpStatusCode.TooManyRequests, last);
        client.DefaultRequestHeaders.Remove("CLIENT-IP");
        client.DefaultRequestHeaders.TryAddWithoutValidation("CLIENT-IP", "203.0.113.10");
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/nothing-more")).StatusCode);
    }

    [Fact]
    public async Task Without_a_header_that_tells_where_clients_are_health_says_so_and_nothing_is_written_to_the_machine()
    {
        var home = Directory.CreateTempSubdirectory("sharelinks");
        try
        {
            await using (var app = await FunctionApp.StartAsync(azurite, published, settings: new() { ["ShareLinks__ClientAddressHeader"] = null, ["HOME"] = home.FullName, ["DOTNET_CLI_HOME"] = home.FullName }, scopes: null))
                Assert.Contains("ShareLinks:ClientAddressHeader", await app.Client.GetStringAsync("/api/health"), StringComparison.Ordinal);
            Assert.Empty(home.GetFileSystemInfos("*", SearchOption.AllDirectories));
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task SendRawAsync(int port, string text)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, port);
        await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));
    }
}
