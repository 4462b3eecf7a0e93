using System.Globalization;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Security;

namespace ShareLinks.Rollups;

/// <summary>Subjects by the names that callers know them by.</summary>
internal sealed class SubjectNames(ShortCodes codes, LinkFinder finder, PersonTable people, FoldBasis basis)
{
    private const string AllName = "all";
    private const string BelowSuffix = "/*";

    /// <summary>What a question's <c>subject</c> may be.</summary>
    public string Expected => "must be all, channel:x, campaign:x, placement:x, placement:x/*, listing:x, link:x, sharer:x or root:x"
        + (basis.TagNames.Count == 0 ? "" : $", or tag:name=value with one of the reported tags {string.Join(", ", basis.TagNames)}");

    /// <summary>
    /// The subjects whose statistics together answer for a name (none: nobody has clicked it, since nobody ever shared it); null when it is no name.
    /// </summary>
    public async ValueTask<IReadOnlyList<Subject>?> FindAsync(string name)
    {
        if (name == AllName)
            return [Subject.All];
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || colon + 1 == name.Length)
            return null;
        var key = name[(colon + 1)..];
        switch (name[..colon])
        {
            case "channel":
                return [new Subject(SubjectKind.Channel, key)];
            case "campaign":
                return [new Subject(SubjectKind.Campaign, key)];
            case "placement" when key.EndsWith(BelowSuffix, StringComparison.Ordinal):
                var place = key[..^BelowSuffix.Length];
                return place.Length == 0 ? null : [new Subject(SubjectKind.Placement, place), new Subject(SubjectKind.BelowPlacement, place)];
            case "placement":
                return [new Subject(SubjectKind.Placement, key)];
            case "listing":
                return [new Subject(SubjectKind.Listing, key)];
            case "link":
                return await finder.FindAsync(key, LookupPermit.Free) is { } link ? [new Subject(SubjectKind.Link, link.Id.ToString())] : [];
            case "root":
                return await finder.FindAsync(key, LookupPermit.Free) is { } root ? [new Subject(SubjectKind.Root, root.Id.ToString())] : [];
            case "sharer":
                return await people.FindAsync(key) is { } person ? [new Subject(SubjectKind.Sharer, person.ToString())] : [];
            case "tag":
                return key.IndexOf('=', StringComparison.Ordinal) is > 0 and var sign && basis.TagNames.Contains(key[..sign]) ? [new Subject(SubjectKind.Tag, key)] : null;
            default:
                return null;
        }
    }

    /// <summary>What callers know a subject's key by; null for a person who was erased.</summary>
    public async ValueTask<string?> NameAsync(Subject subject) => subject.Kind switch
    {
        SubjectKind.Link or SubjectKind.Root => codes.Encode(new LinkId(long.Parse(subject.Key, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))),
        SubjectKind.Sharer => await people.NameAsync(new PersonId(ulong.Parse(subject.Key, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))),
        _ => subject.Key,
    };
}
