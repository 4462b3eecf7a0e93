using ShareLinks.Links;
using ShareLinks.Security;

namespace ShareLinks.Hosting;

/// <summary>What a developer sees on the console after the start: where it listens, and a first request to paste.</summary>
public static class StartBanner
{
    public static void Print(TextWriter console, PublicAddress address) => console.WriteLine(
        $$$"""

        ShareLinks is listening on {{{address}}}   (API reference: {{{address.Url("docs")}}})
        Development API key: {{{DevelopmentKey.Value}}}

        Mint a first link:

          curl -s {{{address.Url("api/links")}}} \
            -H 'Authorization: Bearer {{{DevelopmentKey.Value}}}' -H 'Content-Type: application/json' \
            -d '{"listingId":"item-1001","listing":{"title":"iPhone 13 128G 95新","price":2399.00,"currency":"CNY"},"sharerId":"user-7","channel":"wechat"}'

        Open the "url" of the answer in a browser, then read every click:

          curl -s {{{address.Url("api/clicks")}}} -H 'Authorization: Bearer {{{DevelopmentKey.Value}}}'

        Ask what the channel brought:

          curl -s '{{{address.Url("api/stats")}}}?subject=channel:wechat' -H 'Authorization: Bearer {{{DevelopmentKey.Value}}}'

        Ctrl-C stops it.

        """);
}
