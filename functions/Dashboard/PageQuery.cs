using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ShareLinks.Dashboard;

/// <summary>A page's address, and those of others that keep its range.</summary>
/// <param name="Path">Such as <c>/dashboard/attribution</c>.</param>
/// <param name="Parameters">Its query.</param>
public sealed record PageQuery(string Path, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>What goes along from page to page.</summary>
    private static readonly string[] Kept = ["range", "from", "to"];

    public static PageQuery Of(HttpRequest request) => new(
        request.Path, request.Query.Where(parameter => parameter.Key != "lang" && !StringValues.IsNullOrEmpty(parameter.Value)).ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString()));

    public string? this[string name] => Parameters.GetValueOrDefault(name);

    /// <summary>This address with one parameter changed.</summary>
    public string With(string name, string? value) => Address(Path, Parameters.Where(parameter => parameter.Key != name).Append(KeyValuePair.Create(name, value ?? "")));

    /// <summary>This address for another range.</summary>
    public string WithRange(string range) => Address(Path, Parameters.Where(parameter => !Kept.Contains(parameter.Key)).Append(KeyValuePair.Create("range", range)));

    /// <summary>Another page about the same days.</summary>
    public string To(string path, params (string Name, string? Value)[] parameters) =>
        Address(path, Parameters.Where(parameter => Kept.Contains(parameter.Key)).Concat(parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value ?? ""))));

    private static string Address(string path, IEnumerable<KeyValuePair<string, string>> parameters) =>
        QueryHelpers.AddQueryString(path, parameters.Where(parameter => parameter.Value.Length > 0).Select(parameter => KeyValuePair.Create<string, string?>(parameter.Key, parameter.Value)));
}
