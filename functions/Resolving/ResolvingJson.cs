using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Resolving;

[JsonSerializable(typeof(DecisionView))]
[JsonSerializable(typeof(ResolveRequest))]
[JsonSerializable(typeof(ResolveAnswer))]
[JsonSerializable(typeof(LateScansRequest))]
[JsonSerializable(typeof(LateScansAnswer))]
[JsonSerializable(typeof(GrammarView))]
[JsonSerializable(typeof(PageWords))]
[JsonSerializable(typeof(DiagnosisView))]
internal sealed partial class ResolvingJson : JsonSerializerContext
{
    public static ResolvingJson Instance { get; } = new(JsonDefaults.Create());
}
