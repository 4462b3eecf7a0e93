using System.Text.Json.Serialization;
using ShareLinks.Http;

namespace ShareLinks.Attribution;

/// <summary>How far sharing carried a link: its whole share tree, with the clicks and conversions of some days.</summary>
/// <param name="Root">The code at the top.</param>
/// <param name="Links">The links there are, the root among them.</param>
/// <param name="Depth">The most shares between the root and a link.</param>
/// <param name="BranchingRatio">Mean links that were shared on from one, from 0 to below 1.</param>
/// <param name="BranchingFactor">The same of the links that were shared on at all, from 1; 0 for a root alone.</param>
/// <param name="StructuralVirality">The mean number of shares between two links, over all pairs: nearly 2 for a star, more the more it is a chain; 0 for a root alone.</param>
/// <param name="Crossings">Links that were shared on into another channel than the one that they came from.</param>
/// <param name="Clicks">Openings by people that led somewhere.</param>
/// <param name="Forwards">Those by visitors who had been passed another visit's address or text.</param>
/// <param name="Conversions">Conversions whose last click was on one of the links.</param>
/// <param name="Value">Their values by currency.</param>
/// <param name="KFactor">Conversions that each user brought by sharing: links below the root by users, times conversions of those links by them.</param>
/// <param name="Users">Visitors, each once a day, and sharers, each once.</param>
/// <param name="Event">The conversions' type.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="TimeZone">Whose days they are.</param>
/// <param name="CompleteThrough">Every click that was stored before this moment is counted; null when there never was one.</param>
/// <param name="Branches">The ten branches right below the root with the most clicks, the most first.</param>
/// <param name="Nodes">The links from the top, level by level.</param>
/// <param name="Next">The cursor of the next page; null at the end.</param>
/// <param name="Notes">What to know when reading the figures.</param>
public sealed record SpreadAnswer(
    string Root, int Links, int Depth, double BranchingRatio, double BranchingFactor, double StructuralVirality, int Crossings, long Clicks, long Forwards, long Conversions,
    IReadOnlyDictionary<string, decimal> Value, double KFactor, long Users, string Event, DateOnly From, DateOnly To, string TimeZone, DateTimeOffset? CompleteThrough,
    IReadOnlyList<SpreadBranch> Branches, IReadOnlyList<SpreadNode> Nodes, string? Next, IReadOnlyList<string> Notes);

/// <summary>A link that was shared on from the root, with all below it.</summary>
/// <param name="Code">The link.</param>
/// <param name="SharerId">Who shared it on; null when nobody is known, or the person was erased.</param>
/// <param name="Links">It and the links below it.</param>
/// <param name="Clicks">Theirs.</param>
/// <param name="Conversions">Theirs.</param>
public sealed record SpreadBranch(string Code, string? SharerId, int Links, long Clicks, long Conversions);

/// <summary>A link of the tree.</summary>
/// <param name="Code">The link.</param>
/// <param name="Parent">The link that it was shared on from; null for the root.</param>
/// <param name="Depth">Shares between the root and it.</param>
/// <param name="SharerId">Who shared it; null when nobody is known, or the person was erased.</param>
/// <param name="Channel">Where it was minted for; null when that was not told.</param>
/// <param name="Clicks">Its own.</param>
/// <param name="Forwards">Its own.</param>
/// <param name="Conversions">Its own.</param>
public sealed record SpreadNode(string Code, string? Parent, int Depth, string? SharerId, string? Channel, long Clicks, long Forwards, long Conversions);

[JsonSerializable(typeof(SpreadAnswer))]
internal sealed partial class SpreadJson : JsonSerializerContext
{
    public static SpreadJson Instance { get; } = new(JsonDefaults.Create());
}
