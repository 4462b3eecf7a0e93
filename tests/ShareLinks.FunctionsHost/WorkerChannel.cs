using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using ShareLinks.FunctionsHost.Protocol;

namespace ShareLinks.FunctionsHost;

/// <summary>The stream of messages between the host and one worker. Thread-safe.</summary>
internal sealed class WorkerChannel(string folder)
{
    private const string HostVersion = "4.1037.0";

    private readonly Channel<StreamingMessage> outgoing = Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> answers = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> invocations = new();
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lines that the worker logs through the host, as <c>Level: message</c>.</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    /// <summary>Where the worker's web server listens, as it says.</summary>
    public Uri HttpUri { get; private set; } = new("http://localhost");

    /// <summary>What the worker says that it can do.</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; private set; } = new Dictionary<string, string>();

    /// <summary>Invocations that have not been answered.</summary>
    public int Pending => invocations.Count;

    /// <summary>Exchanges messages for as long as the worker is there; then whatever waits for it fails.</summary>
    public async Task RunAsync(IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> sink, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(sink, ended.Token);
        try
        {
            while (await incoming.MoveNext(cancellationToken))
                Receive(incoming.Current);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or Grpc.Core.RpcException)
        {
            // The worker's process is gone.
        }
        await ended.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var gone = new IOException("The worker is gone.");
        started.TrySetException(gone);
        foreach (var answer in answers.Values)
            answer.TrySetException(gone);
        foreach (var invocation in invocations.Values)
            invocation.TrySetException(gone);
    }

    /// <summary>Greets the worker, reads its functions and loads them.</summary>
    public async Task<IReadOnlyList<HostedFunction>> IntroduceAsync(TimeSpan timeout)
    {
        await started.Task.WaitAsync(timeout);
        var init = (await AskAsync(new StreamingMessage { WorkerInitRequest = new() { HostVersion = HostVersion, WorkerDirectory = folder, FunctionAppDirectory = folder } }).WaitAsync(timeout)).WorkerInitResponse;
        Check(init.Result);
        Capabilities = init.Capabilities;
        HttpUri = new Uri(init.Capabilities["HttpUri"]);
        var metadata = (await AskAsync(new StreamingMessage { FunctionsMetadataRequest = new() { FunctionAppDirectory = folder } }).WaitAsync(timeout)).FunctionMetadataResponse;
        Check(metadata.Result);
        foreach (var function in metadata.FunctionMetadataResults)
        {
            var load = await AskAsync(new StreamingMessage { FunctionLoadRequest = new() { FunctionId = function.FunctionId, Metadata = function } }).WaitAsync(timeout);
            Check(load.FunctionLoadResponse.Result);
        }
        return [.. metadata.FunctionMetadataResults.Select(HostedFunction.Of)];
    }

    /// <summary>Has a function invoked; completes when the worker says that it succeeded, and throws what it says went wrong.</summary>
    public async Task InvokeAsync(string invocationId, HostedFunction function, TypedData input)
    {
        var answer = new TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        invocations[invocationId] = answer;
        try
        {
            Send(new StreamingMessage
            {
                InvocationRequest = new()
                {
                    InvocationId = invocationId,
                    FunctionId = function.Id,
                    InputData = { new ParameterBinding { Name = function.Binding, Data = input } },
                    TraceContext = new(),
                },
            });
            Check((await answer.Task).Result);
        }
        finally
        {
            invocations.TryRemove(invocationId, out _);
        }
    }

    public void Cancel(string invocationId) => Send(new StreamingMessage { InvocationCancel = new() { InvocationId = invocationId } });

    public void Terminate(TimeSpan grace) => Send(new StreamingMessage { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(grace) } });

    private static void Check(StatusResult result)
    {
        if (result.Status != StatusResult.Types.Status.Success)
            throw new InvalidOperationException($"The worker answers {result.Status}: {result.Exception?.Message} {result.Exception?.StackTrace}");
    }

    private Task<StreamingMessage> AskAsync(StreamingMessage message)
    {
        message.RequestId = Ids.Next();
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        answers[message.RequestId] = answer;
        Send(message);
        return answer.Task;
    }

    private void Send(StreamingMessage message) => outgoing.Writer.TryWrite(message);

    private async Task SendAsync(IServerStreamWriter<StreamingMessage> sink, CancellationToken cancellationToken)
    {
        await foreach (var message in outgoing.Reader.ReadAllAsync(cancellationToken))
            await sink.WriteAsync(message, cancellationToken);
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.StartStream:
                started.TrySetResult();
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                Log.Enqueue($"{message.RpcLog.Level}: {message.RpcLog.Category}: {message.RpcLog.Message}{(message.RpcLog.Exception is { } fault ? "\n" + fault.Message + "\n" + fault.StackTrace : "")}");
                break;
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (invocations.TryGetValue(message.InvocationResponse.InvocationId, out var invocation))
                    invocation.TrySetResult(message.InvocationResponse);
                break;
            default:
                if (answers.TryRemove(message.RequestId, out var answer))
                    answer.TrySetResult(message);
                break;
        }
    }
}
