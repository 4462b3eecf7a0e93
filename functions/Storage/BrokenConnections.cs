using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ShareLinks.Storage;

/// <summary>Makes an answer of storage that broke off a request that failed, as <see cref="StorageFaults"/> knows it; the client tries either again.</summary>
internal sealed class BrokenConnections : HttpPipelinePolicy
{
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            ProcessNext(message, pipeline);
        }
        catch (IOException fault)
        {
            throw Failed(fault);
        }
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            await ProcessNextAsync(message, pipeline);
        }
        catch (IOException fault)
        {
            throw Failed(fault);
        }
    }

    private static RequestFailedException Failed(IOException fault) => new(0, fault.Message, fault);
}
