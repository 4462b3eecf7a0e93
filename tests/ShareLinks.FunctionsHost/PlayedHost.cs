using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ShareLinks.FunctionsHost.Protocol;
using Yarp.ReverseProxy.Forwarder;

namespace ShareLinks.FunctionsHost;

/// <summary>Plays the Azure Functions host: starts a published folder as its worker, routes requests to functions, passes them on, sets timers off and stops the worker.</summary>
/// <remarks>
/// Follows the host's source (github.com/Azure/azure-functions-host: <c>GrpcWorkerChannel</c>, <c>DefaultHttpProxyService</c>, <c>RetryProxyHandler</c>,
/// <c>RpcWorkerContext</c>) and what was seen of a real one. It can't show what Azure adds: the front ends, the placeholder process that makes first
/// starts short, scaling, the timer's singleton lock, and how much the real host slows a request down.
/// </remarks>
public sealed class PlayedHost : IAsyncDisposable
{
    /// <summary>How long a worker has to stop, as the host tells it. This one waits longer, since a busy machine is slow.</summary>
    public static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(5);

    private const string InvocationHeader = "x-ms-invocation-id";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ActivityTimeout = TimeSpan.FromSeconds(240);

    private readonly string folder;
    private readonly IReadOnlyDictionary<string, string> environment;
    private readonly WebApplication front;
    private readonly WebApplication rpc;
    private readonly HttpMessageInvoker invoker = new(new RetryHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }));
    private readonly ConcurrentQueue<string> output = [];
    private WorkerProcess? process;
    private WorkerChannel? channel;
    private FunctionRoutes? routes;

    private PlayedHost(string folder, IReadOnlyDictionary<string, string> environment)
    {
        (this.folder, this.environment) = (folder, environment);
        rpc = BuildRpc();
        front = BuildFront();
    }

    /// <summary>Where it takes requests.</summary>
    public Uri Address => new(front.Urls.First());

    /// <summary>The functions that the worker has.</summary>
    public IReadOnlyList<HostedFunction> Functions { get; private set; } = [];

    /// <summary>What the worker says that it can do.</summary>
    public IReadOnlyDictionary<string, string> Capabilities => channel!.Capabilities;

    /// <summary>Where the worker takes what is passed on.</summary>
    public Uri WorkerAddress => channel!.HttpUri;

    /// <summary>The operating system's number for the worker.</summary>
    public int WorkerId => process!.Id;

    public bool HasWorkerExited => process!.HasExited;

    public int WorkerExitCode => process!.ExitCode;

    /// <summary>Invocations that the worker has not answered.</summary>
    public int PendingInvocations => channel!.Pending;

    /// <summary>How long the worker took from its start until its functions were loaded.</summary>
    public TimeSpan StartedIn { get; private set; }

    /// <summary>Functions that were called for a request, in order: for tests of routing.</summary>
    public ConcurrentQueue<string> Called { get; } = [];

    /// <summary>Everything that the worker wrote and logged.</summary>
    public string Output => string.Join('\n', output.Concat(channel?.Log ?? []));

    /// <summary>Starts the host and the worker of a published folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="environment">Settings of the function app.</param>
    public static async Task<PlayedHost> StartAsync(string folder, IReadOnlyDictionary<string, string> environment)
    {
        var host = new PlayedHost(folder, environment);
        try
        {
            await host.rpc.StartAsync();
            await host.front.StartAsync();
            await host.StartWorkerAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the worker, also in the place of one that is gone.</summary>
    public async Task StartWorkerAsync()
    {
        process?.Dispose();
        var started = Stopwatch.GetTimestamp();
        channel = new WorkerChannel(folder);
        process = new WorkerProcess(folder, new Uri(rpc.Urls.First()), Ids.Next(), environment, output);
        try
        {
            var introducing = channel.IntroduceAsync(StartTimeout);
            if (await Task.WhenAny(introducing, process.WaitForExitAsync(StartTimeout)) != introducing)
                throw new InvalidOperationException("It has ended.");
            Functions = await introducing;
        }
        catch (Exception fault)
        {
            var end = await process.WaitForExitAsync(GracePeriod) ? $"it ended with {process.ExitCode}" : "it still runs";
            throw new InvalidOperationException($"The worker did not start ({end}):\n{Output}", fault);
        }
        StartedIn = Stopwatch.GetElapsedTime(started);
        routes = new FunctionRoutes(Functions, front.Services, InvokeAsync);
    }

    /// <summary>SIGKILL: nothing of the worker runs after this.</summary>
    public void KillWorker() => process!.Kill();

    /// <summary>Stops the worker as the host does when it is itself told to stop; false when it had to be killed.</summary>
    public async Task<bool> StopWorkerAsync()
    {
        channel!.Terminate(GracePeriod);
        var hasEnded = await process!.WaitForExitAsync(StopTimeout);
        process.Kill();
        return hasEnded;
    }

    /// <summary>Sets a timer off; completes when the function has succeeded.</summary>
    public async Task FireTimerAsync(string name, CancellationToken cancellationToken = default)
    {
        var function = Functions.Single(function => function.Name == name && function.Type == "timerTrigger");
        var id = Ids.Next();
        await using var cancelled = cancellationToken.Register(() => channel!.Cancel(id));
        await channel!.InvokeAsync(id, function, new TypedData { Json = """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2026-11-24T09:59:00+00:00","Next":"2026-11-24T10:00:00+00:00","LastUpdated":"2026-11-24T09:59:00+00:00"},"IsPastDue":false}""" });
    }

    public async ValueTask DisposeAsync()
    {
        process?.Dispose();
        await front.DisposeAsync();
        await rpc.DisposeAsync();
        invoker.Dispose();
    }

    private WebApplication BuildFront()
    {
        var builder = NewBuilder(HttpProtocols.Http1);
        builder.Services.AddRouting();
        builder.Services.AddHttpForwarder();
        // The host's own limit is 100 MB; what reaches the worker is the worker's business.
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = 104_857_600);
        var app = builder.Build();
        app.Run(async http =>
        {
            try
            {
                if (!await routes!.TryInvokeAsync(http))
                    http.Response.StatusCode = StatusCodes.Status404NotFound;
            }
            catch (Exception) when (!http.Response.HasStarted)
            {
                http.Response.Clear();
                http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        });
        return app;
    }

    private WebApplication BuildRpc()
    {
        var builder = NewBuilder(HttpProtocols.Http2);
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(this);
        var app = builder.Build();
        app.MapGrpcService<RpcService>();
        return app;
    }

    private static WebApplicationBuilder NewBuilder(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls();
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        return builder;
    }

    /// <summary>Passes the request on and has the function invoked; the two meet in the worker.</summary>
    private async Task InvokeAsync(HttpContext http, HostedFunction function)
    {
        Called.Enqueue(function.Name);
        var worker = channel!;
        var id = Ids.Next();
        // Left alone where the client has sent one, as the host does.
        http.Request.Headers.TryAdd(InvocationHeader, id);
        var forwarding = front.Services.GetRequiredService<IHttpForwarder>().SendAsync(
            http, worker.HttpUri.ToString().TrimEnd('/'), invoker, new ForwarderRequestConfig { ActivityTimeout = ActivityTimeout }, HostTransformer.Instance).AsTask();
        await using (http.RequestAborted.Register(() => worker.Cancel(id)))
            await worker.InvokeAsync(id, function, new TypedData { Http = new() });
        if (await forwarding is var error && error != ForwarderError.None)
            throw new InvalidOperationException($"The request could not be passed on: {error}", http.Features.Get<IForwarderErrorFeature>()?.Exception);
    }

    /// <summary>What clients say of where they come from does not get through; what the host says does.</summary>
    private sealed class HostTransformer : HttpTransformer
    {
        public static HostTransformer Instance { get; } = new();

        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            foreach (var (name, value) in new[] { ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Host", httpContext.Request.Host.Value), ("X-Forwarded-Proto", httpContext.Request.Scheme) })
            {
                proxyRequest.Headers.Remove(name);
                proxyRequest.Headers.TryAddWithoutValidation(name, value);
            }
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
        }
    }

    /// <summary>Tries again what could not be sent: ten times, 50 to 250 ms apart.</summary>
    private sealed class RetryHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const int MaxTries = 10;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            for (var (tries, delay) = (1, 50); ; tries++, delay = Math.Min(2 * delay, 250))
            {
                try
                {
                    return await base.SendAsync(request, cancellationToken);
                }
                catch (HttpRequestException) when (tries < MaxTries)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(delay), TimeProvider.System, cancellationToken);
                }
            }
        }
    }

    private sealed class RpcService(PlayedHost host) : FunctionRpc.FunctionRpcBase
    {
        public override Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context) =>
            host.channel!.RunAsync(requestStream, responseStream, context.CancellationToken);
    }
}
