using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using ShareLinks.Storage;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Storage;

public class StorageAccountTests(Azurite azurite)
{
    [Theory]
    [InlineData(null, "https://storage.azure.com/.default")]
    [InlineData("https://storage.azure.cn", "https://storage.azure.cn/.default")]
    public async Task An_endpoint_is_asked_in_the_name_of_an_identity(string? audience, string scope)
    {
        var options = new StorageOptions { Endpoint = "https://sldata.table.example", TablePrefix = "t" };
        if (audience is not null)
            options.Audience = audience;
        var (identity, transport) = (new Identity(), new Refusal());
        var table = new StorageAccount(options, transport, identity).Table("links");
        Assert.Empty(identity.Scopes);
        await Assert.ThrowsAsync<Azure.RequestFailedException>(() => table.GetAsync("p", "r"));
        Assert.Equal(("https://sldata.table.example", "Bearer sesame"), Assert.Single(transport.Requests.Distinct()));
        Assert.Equal([scope], identity.Scopes.Distinct());
    }

    [Fact]
    public void A_token_that_can_t_be_had_is_storage_away_but_nobody_signed_in_is_not()
    {
        Assert.True(StorageFaults.IsUnavailable(new AuthenticationFailedException("The identity's endpoint did not answer.")));
        Assert.False(StorageFaults.IsUnavailable(new CredentialUnavailableException("Please run az login.")));
    }

    [Fact]
    public void A_broken_stream_is_storage_away_only_where_it_is_storage_s()
    {
        Assert.False(StorageFaults.IsUnavailable(new IOException("Unexpected end of Stream, the content may have already been read by another component.")));
        Assert.False(StorageFaults.IsUnavailable(new Microsoft.AspNetCore.Http.BadHttpRequestException("Bad chunk size data.")));
        Assert.True(StorageFaults.IsUnavailable(new Azure.RequestFailedException(0, "The response ended prematurely.", new HttpIOException(HttpRequestError.ResponseEnded))));
    }

    [Theory]
    [InlineData(Fault.Half)]
    [InlineData(Fault.Cut)]
    public async Task An_answer_that_breaks_off_is_tried_again_and_then_is_storage_away(Fault fault)
    {
        await using var proxy = await StorageProxy.StartAsync(azurite);
        var table = new StorageAccount(new StorageOptions { ConnectionString = proxy.ConnectionString, TablePrefix = azurite.NewPrefix() }).Table("links");
        Assert.True(await table.InsertAsync(new Azure.Data.Tables.TableEntity("p", "r")));
        var broken = 0;
        proxy.Before = request => request.Method == "GET" && Interlocked.Increment(ref broken) <= 2 ? fault : Fault.None;
        Assert.NotNull(await table.GetAsync("p", "r"));
        proxy.Before = request => request.Method == "GET" ? fault : Fault.None;
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => table.GetAsync("p", "r"));
        Assert.True(StorageFaults.IsUnavailable(thrown), thrown.ToString());
    }

    [Fact]
    public void Elsewhere_than_in_Azure_it_is_whoever_signed_in_on_this_machine() => Assert.IsType<ChainedTokenCredential>(AzureIdentity.Create());

    private sealed class Identity : TokenCredential
    {
        public List<string> Scopes { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Scopes.AddRange(requestContext.Scopes);
            return new(new AccessToken("sesame", DateTimeOffset.MaxValue));
        }
    }

    /// <summary>An account that nobody may read, which is not tried again.</summary>
    private sealed class Refusal : HttpPipelineTransport
    {
        private readonly HttpClientTransport inner = new(new HttpClient(new Handler()));

        public List<(string Host, string Authorization)> Requests { get; } = [];

        public override Request CreateRequest() => inner.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            message.Request.Headers.TryGetValue("Authorization", out var authorization);
            Requests.Add((message.Request.Uri.ToUri().GetLeftPart(UriPartial.Authority), authorization ?? ""));
            await inner.ProcessAsync(message);
        }

        private sealed class Handler : HttpMessageHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
                Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden) { Content = new StringContent("""{"odata.error":{"code":"AuthorizationPermissionMismatch","message":{"lang":"en-US","value":"no"}}}""") });
        }
    }
}
