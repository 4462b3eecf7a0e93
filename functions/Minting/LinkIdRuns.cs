using System.Globalization;
using ShareLinks.Codes;

namespace ShareLinks.Minting;

/// <summary>Ids as a short text: runs of neighbours, as <c>{first}+{count}</c> by comma. Pure.</summary>
internal static class LinkIdRuns
{
    public static string Format(IReadOnlyList<LinkId> ids)
    {
        var runs = new List<string>();
        for (var i = 0; i < ids.Count;)
        {
            var count = 1;
            while (i + count < ids.Count && ids[i + count].Value == ids[i].Value + count)
                count++;
            runs.Add(string.Create(CultureInfo.InvariantCulture, $"{ids[i].Value}+{count}"));
            i += count;
        }
        return string.Join(',', runs);
    }

    public static IReadOnlyList<LinkId> Parse(string text) =>
    [
        .. text.Split(',').SelectMany(run =>
        {
            var parts = run.Split('+');
            var first = long.Parse(parts[0], CultureInfo.InvariantCulture);
            return Enumerable.Range(0, int.Parse(parts[1], CultureInfo.InvariantCulture)).Select(i => new LinkId(first + i));
        }),
    ];
}
