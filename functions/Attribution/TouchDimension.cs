using ShareLinks.Clicks;
using ShareLinks.Http;
using ShareLinks.Journeys;
using ShareLinks.Rollups;

namespace ShareLinks.Attribution;

/// <summary>What tells touches apart: a field of the link that was opened, or how it was opened.</summary>
internal sealed class TouchDimension
{
    public const string DefaultName = "channel";
    public const string Expected = "must be channel, campaign, placement, listing, link, sharer, app, entry or tag:name";

    private const string TagPrefix = "tag:";

    private readonly Func<Touch, string?> valueOf;

    /// <summary>What the keys are subjects of, where callers know them by other names.</summary>
    private readonly SubjectKind? kind;

    private TouchDimension(string name, Func<Touch, string?> valueOf, SubjectKind? kind = null) => (Name, this.valueOf, this.kind) = (name, valueOf, kind);

    /// <summary>Its name in questions.</summary>
    public string Name { get; }

    /// <summary>The dimension of that name; null when there is none.</summary>
    public static TouchDimension? Find(string name) => name switch
    {
        "channel" => new(name, touch => touch.IsDirect ? RowKey.Direct.Key : touch.Click!.Link.Channel),
        "campaign" => new(name, touch => touch.Click?.Link.Campaign),
        "placement" => new(name, touch => touch.Click?.Link.Placement),
        "listing" => new(name, touch => touch.Click?.Link.ListingId),
        "link" => new(name, touch => touch.Click?.Link.Id.ToString(), SubjectKind.Link),
        "sharer" => new(name, touch => touch.Click?.Link.Sharer?.ToString(), SubjectKind.Sharer),
        "app" => new(name, touch => touch.Click?.App),
        "entry" => new(name, touch => touch.Click?.Entry.Name()),
        _ when name.StartsWith(TagPrefix, StringComparison.Ordinal) && name[TagPrefix.Length..] is var tag && FieldRules.IsTagName(tag) =>
            new(name, touch => touch.Click?.Link.Tags.GetValueOrDefault(tag)),
        _ => null,
    };

    /// <summary>A touch's value; empty for none.</summary>
    public string KeyOf(Touch touch) => valueOf(touch) ?? "";

    /// <summary>What callers know a key by: a link's code, a sharer's user id, else the key itself.</summary>
    public async ValueTask<RowKey> RowKeyAsync(string key, SubjectNames names)
    {
        if (key.Length == 0)
            return RowKey.None;
        if (kind is { } subjects)
            return await names.NameAsync(new Subject(subjects, key)) is { } name ? RowKey.Of(name) : RowKey.Erased;
        return Name == DefaultName && key == RowKey.Direct.Key ? RowKey.Direct : RowKey.Of(key);
    }
}
