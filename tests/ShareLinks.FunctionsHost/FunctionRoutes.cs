using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.DependencyInjection;

namespace ShareLinks.FunctionsHost;

/// <summary>Finds a request's function as the host does: by ASP.NET's classic routing, functions in the alphabetical order of their names, the first whose route fits.</summary>
/// <remarks>The order is that of <c>FunctionMetadataManager</c>, the routes are made as in <c>WebScriptHostHttpRoutesManager</c> (github.com/Azure/azure-functions-host).</remarks>
public sealed class FunctionRoutes
{
    private readonly RouteCollection routes = new();

    /// <param name="functions">All functions, in any order.</param>
    /// <param name="services">Services with routing.</param>
    /// <param name="invoke">What is done with a request and its function.</param>
    public FunctionRoutes(IEnumerable<HostedFunction> functions, IServiceProvider services, Func<HttpContext, HostedFunction, Task> invoke)
    {
        foreach (var function in functions.Where(function => function.Route is not null).OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase))
        {
            routes.Add(new Route(
                new RouteHandler(http => invoke(http, function)), function.Name, function.Route, defaults: null,
                constraints: function.Methods is { } methods ? new Dictionary<string, object> { ["httpMethod"] = new HttpMethodRouteConstraint([.. methods]) } : null,
                dataTokens: null, services.GetRequiredService<IInlineConstraintResolver>()));
        }
    }

    /// <summary>Calls the function that fits; false when none does.</summary>
    public async Task<bool> TryInvokeAsync(HttpContext http)
    {
        var context = new RouteContext(http);
        await routes.RouteAsync(context);
        if (context.Handler is null)
            return false;
        await context.Handler(http);
        return true;
    }
}
