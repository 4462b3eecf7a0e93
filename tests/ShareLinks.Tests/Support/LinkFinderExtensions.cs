using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.Tests.Support;

internal static class LinkFinderExtensions
{
    /// <summary>The link that a test minted.</summary>
    public static ValueTask<Link?> FindAsync(this LinkFinder finder, string text) => finder.FindAsync(text, LookupPermit.Free);
}
