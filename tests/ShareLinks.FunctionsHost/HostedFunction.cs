using System.Text.Json.Nodes;
using ShareLinks.FunctionsHost.Protocol;

namespace ShareLinks.FunctionsHost;

/// <summary>A function as the worker tells of it.</summary>
/// <param name="Name">Its name, by whose order the host tries functions.</param>
/// <param name="Type"><c>httpTrigger</c> or <c>timerTrigger</c>.</param>
/// <param name="Binding">The name of the parameter that the trigger is bound to.</param>
/// <param name="Route">The route's template; null for a timer.</param>
/// <param name="Methods">The methods that it takes; null for all.</param>
/// <param name="Schedule">The timer's schedule.</param>
public sealed record HostedFunction(string Name, string Type, string Binding, string? Route, IReadOnlyList<string>? Methods, string? Schedule)
{
    internal string Id { get; private init; } = "";

    internal static HostedFunction Of(RpcFunctionMetadata metadata)
    {
        var trigger = metadata.RawBindings.Select(binding => JsonNode.Parse(binding)!.AsObject()).Single(binding => ((string)binding["type"]!).EndsWith("Trigger", StringComparison.Ordinal));
        var type = (string)trigger["type"]!;
        return new HostedFunction(
            metadata.Name, type, (string)trigger["name"]!,
            // A route that is not given is the function's name.
            type == "httpTrigger" ? (string?)trigger["route"] ?? metadata.Name : null,
            trigger["methods"]?.AsArray().Select(method => (string)method!).ToList(),
            (string?)trigger["schedule"])
        { Id = metadata.FunctionId };
    }
}
