using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Security;

namespace ShareLinks.Resolving;

/// <summary>What a request tells of its visitor, cut to what a click keeps. The visitor's address is looked at here and kept nowhere.</summary>
public sealed class VisitorReader(ClientAddress addresses, Countries countries, VisitorHashes hashes, VisitorCookies cookies, PublicAddress own)
{
    /// <summary>Reads the visitor; gives one that has no number yet a cookie, where that needs no asking.</summary>
    public async ValueTask<Visitor> ReadAsync(HttpContext http, Client client)
    {
        var headers = http.Request.Headers;
        var address = addresses.AddressOf(http);
        var wish = cookies.Read(http);
        var isPerson = !client.IsBot && !client.IsPrefetch && !HttpMethods.IsHead(http.Request.Method);
        return new Visitor
        {
            App = client.App.Name(),
            Os = client.Os.Name(),
            Device = client.Device.Name(),
            Country = countries.Of(headers, address),
            Language = RequestLanguages.First(headers),
            Referrer = VisitorHeaders.Referrer(headers, own),
            IsBot = client.IsBot,
            IsPrefetch = client.IsPrefetch,
            Id = wish.MayIssue && isPerson ? cookies.Issue(http) : wish.Id,
            Hash = await hashes.OfAsync(ClientAddress.NetworkOf(address), headers.UserAgent.ToString()),
        };
    }

    /// <summary>Whether a page should ask if the visitor may be remembered.</summary>
    public bool MayAsk(HttpContext http) => cookies.Read(http).MayAsk;
}
