using System.Reflection;
using Mono.Cecil;
using ShareLinks.Links;
using ShareLinks.Security;
using ShareLinks.Simulation;

namespace ShareLinks.Tests;

/// <summary>The folders of the app and who may know whom: read from the compiled code, so that no using, alias or var hides an arrow.</summary>
public class ArchitectureTests
{
    /// <summary>Each folder, and those it may use. Program and Hosting see everything; nobody sees them.</summary>
    internal static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Attribution"] = ["Clicks", "Codes", "Events", "Http", "Journeys", "Links", "People", "Reporting", "Rollups", "Security"],
        ["Dashboard"] = ["Attribution", "Codes", "Events", "Http", "Links", "Minting", "People", "Posters", "Reporting", "Resolving", "Rollups", "Security"],
        ["Codes"] = [],
        ["Storage"] = [],
        ["Backup"] = ["Storage"],
        ["Reporting"] = [],
        ["Http"] = ["Storage"],
        ["People"] = ["Codes", "Reporting", "Storage"],
        ["Links"] = ["Codes", "People", "Security", "Storage"],
        ["Posters"] = ["Codes", "Http", "Links", "Minting", "Qr", "Storage"],
        ["Security"] = ["Codes", "Http", "Storage"],
        ["Minting"] = ["Codes", "Http", "Links", "People", "Security", "Storage"],
        ["Clicks"] = ["Codes", "Http", "Links", "Minting", "People", "Reporting", "Security", "Storage"],
        ["Qr"] = ["Codes", "Http", "Links", "Security"],
        ["WeChat"] = ["Codes", "Http", "Links", "Security", "Storage"],
        ["Events"] = ["Clicks", "Codes", "Http", "People", "Security", "Storage"],
        ["Journeys"] = ["Clicks", "Codes", "Events", "Links", "People", "Rollups", "Storage"],
        ["Rollups"] = ["Clicks", "Codes", "Http", "Links", "People", "Reporting", "Security", "Storage"],
        ["Privacy"] = ["Clicks", "Codes", "Http", "Journeys", "People", "Rollups", "Security", "Storage"],
        ["Resolving"] = ["Clicks", "Codes", "Http", "Links", "People", "Qr", "Security", "Storage", "WeChat"],
    };

    /// <summary>What the simulation, a program of its own, uses of the app.</summary>
    private static readonly string[] SimulationUses = ["Clicks", "Codes", "Events", "Hosting", "Http", "Links", "Minting", "People", "Reporting", "Resolving", "Rollups", "Storage"];

    /// <summary>Arrows through constants alone (the scopes' names), which the compiler copies.</summary>
    private static readonly (string, string)[] CompiledAway = [("Clicks", "Security"), ("Events", "Security"), ("Privacy", "Security")];

    private static readonly Lazy<HashSet<(string From, string To)>> Arrows = new(() => ReadArrows(typeof(Program).Assembly));

    [Fact]
    public void No_folder_uses_one_that_it_may_not() => Assert.Empty(Arrows.Value
        .Where(arrow => arrow.From is not ("Hosting" or "Program") && !Allowed.GetValueOrDefault(arrow.From, []).Contains(arrow.To))
        .Select(arrow => $"{arrow.From} → {arrow.To}"));

    [Fact]
    public void Every_folder_is_on_the_list_and_every_arrow_on_it_is_used()
    {
        Assert.Equal(Allowed.Keys.Append("Hosting").Append("Program").Order(), ReadFolders());
        Assert.Empty(Allowed.SelectMany(folder => folder.Value.Select(to => (folder.Key, to))).Except(Arrows.Value).Except(CompiledAway));
    }

    /// <summary>What is deployed has neither its code nor its commands: the folders of the app, none of which is Simulation, are on the list above.</summary>
    [Fact]
    public void The_simulation_is_a_program_of_its_own_that_the_app_does_not_know()
    {
        Assert.Equal(SimulationUses, ReadArrows(typeof(Simulator).Assembly).Where(arrow => arrow.From == "Simulation").Select(arrow => arrow.To).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(typeof(Simulator).Assembly.GetName().Name, typeof(Program).Assembly.GetReferencedAssemblies().Select(reference => reference.Name));
        Assert.DoesNotContain("Simulation", ReadFolders());
    }

    [Fact]
    public void There_is_no_circle()
    {
        var left = Allowed.ToDictionary(folder => folder.Key, folder => folder.Value.ToHashSet());
        while (left.FirstOrDefault(folder => folder.Value.Count == 0) is { Key: { } free })
        {
            left.Remove(free);
            foreach (var users in left.Values)
                users.Remove(free);
        }
        Assert.Empty(left.Keys);
    }

    /// <summary>What anybody may ask finds links by <see cref="LinkFinder"/> alone, and everything there that reads storage asks for a permit.</summary>
    [Fact]
    public void No_address_can_look_links_up_without_a_permit()
    {
        using var module = ModuleDefinition.ReadModule(typeof(Program).Assembly.Location);
        string[] tables = [typeof(LinkTable).FullName!, typeof(AliasTable).FullName!];
        Assert.Empty(module.GetTypes().Where(type => FolderOf(type) is "Resolving" or "Qr" or "WeChat" && UsedBy(type).SelectMany(Parts).Any(used => tables.Contains(used.FullName))).Select(type => type.FullName));
        var reading = typeof(LinkFinder).GetMethods().Where(method => typeof(Task).IsAssignableFrom(method.ReturnType) || method.ReturnType.Name == typeof(ValueTask<>).Name).ToArray();
        Assert.InRange(reading.Length, 4, 20);
        Assert.All(reading, method => Assert.Contains(method.GetParameters(), parameter => parameter.ParameterType == typeof(LookupPermit)));
    }

    private static IEnumerable<string> ReadFolders()
    {
        using var module = ModuleDefinition.ReadModule(typeof(Program).Assembly.Location);
        return [.. module.GetTypes().Select(FolderOf).OfType<string>().Distinct().Order()];
    }

    private static HashSet<(string From, string To)> ReadArrows(Assembly assembly)
    {
        var arrows = new HashSet<(string, string)>();
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        foreach (var type in module.GetTypes())
        {
            if (FolderOf(type) is not { } from)
                continue;
            foreach (var used in UsedBy(type).SelectMany(Parts))
            {
                if (FolderOf(used) is { } to && to != from)
                    arrows.Add((from, to));
            }
        }
        return arrows;
    }

    private static IEnumerable<TypeReference?> UsedBy(TypeDefinition type)
    {
        yield return type.BaseType;
        foreach (var implemented in type.Interfaces)
            yield return implemented.InterfaceType;
        foreach (var field in type.Fields)
            yield return field.FieldType;
        foreach (var method in type.Methods)
        {
            yield return method.ReturnType;
            foreach (var parameter in method.Parameters)
                yield return parameter.ParameterType;
            if (!method.HasBody)
                continue;
            foreach (var variable in method.Body.Variables)
                yield return variable.VariableType;
            foreach (var instruction in method.Body.Instructions)
            {
                switch (instruction.Operand)
                {
                    case TypeReference used:
                        yield return used;
                        break;
                    case MethodReference called:
                        yield return called.DeclaringType;
                        yield return called.ReturnType;
                        if (called is GenericInstanceMethod generic)
                        {
                            foreach (var argument in generic.GenericArguments)
                                yield return argument;
                        }
                        break;
                    case FieldReference field:
                        yield return field.DeclaringType;
                        yield return field.FieldType;
                        break;
                }
            }
        }
    }

    private static IEnumerable<TypeReference> Parts(TypeReference? type)
    {
        switch (type)
        {
            case null:
                yield break;
            case GenericInstanceType generic:
                yield return generic.ElementType;
                foreach (var part in generic.GenericArguments.SelectMany(Parts))
                    yield return part;
                break;
            case TypeSpecification wrapped:
                foreach (var part in Parts(wrapped.ElementType))
                    yield return part;
                break;
            default:
                yield return type;
                break;
        }
    }

    private static string? FolderOf(TypeReference type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        if (type.Namespace == "ShareLinks" && type.Name == "Program")
            return "Program";
        return type.Namespace.StartsWith("ShareLinks.", StringComparison.Ordinal) ? type.Namespace.Split('.')[1] : null;
    }
}
