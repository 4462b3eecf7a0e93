using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>What a request tells of its visitor, cut to what a click keeps.</summary>
public sealed class VisitorReader(PublicAddress address)
{
    public ValueTask<Visitor> ReadAsync(HttpContext http, Client client) => new(new Visitor
    {
        App = client.App.Name(),
        Os = client.Os.Name(),
        Device = client.Device.Name(),
        Language = VisitorHeaders.Language(http.Request.Headers),
        Referrer = VisitorHeaders.Referrer(http.Request.Headers, address),
        IsBot = client.IsBot,
        IsPrefetch = client.IsPrefetch,
    });

    /// <summary>Whether a page should ask if the visitor may be remembered.</summary>
    public bool MayAsk(HttpContext http) => false;
}
