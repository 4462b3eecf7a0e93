using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace ShareLinks.Hosting.Worker;

/// <summary>Announces the invocations of HTTP functions to <see cref="InvocationPairs"/>, before the worker looks for their requests.</summary>
internal sealed class InvocationAnnouncement(InvocationPairs pairs) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (!context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type == "httpTrigger"))
        {
            await next(context);
            return;
        }
        pairs.Announce(context.InvocationId);
        try
        {
            await next(context);
        }
        finally
        {
            pairs.Forget(context.InvocationId);
        }
    }
}
