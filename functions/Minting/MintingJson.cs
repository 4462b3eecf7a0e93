using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Minting;

[JsonSerializable(typeof(MintRequest))]
[JsonSerializable(typeof(MintBatchRequest))]
[JsonSerializable(typeof(MintBatchResponse))]
[JsonSerializable(typeof(LinkChangeRequest))]
[JsonSerializable(typeof(LinkView))]
[JsonSerializable(typeof(LinkPage))]
[JsonSerializable(typeof(ListingRequest))]
[JsonSerializable(typeof(ListingView))]
[JsonSerializable(typeof(ListingBatchRequest))]
[JsonSerializable(typeof(ListingBatchResponse))]
internal sealed partial class MintingJson : JsonSerializerContext
{
    public static MintingJson Instance { get; } = new(JsonDefaults.Create());
}
