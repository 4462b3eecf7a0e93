using System.Text;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Resolving;

/// <summary>The files that phones and platforms ask for to see which apps, and whom, this host belongs to.</summary>
public static class AssociationEndpoints
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    private static readonly Problem NoApp = Problem.NotFound("No app is configured that would open this host's links.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        var association = routes.ServiceProvider.GetRequiredService<AssociationFiles>();
        MapAssociation(routes, AssociationFiles.ApplePath, association.Apple);
        MapAssociation(routes, AssociationFiles.AndroidPath, association.Android);
        MapAssociation(routes, AssociationFiles.HarmonyPath, association.Harmony);
        foreach (var file in routes.ServiceProvider.GetRequiredService<VerificationFiles>().All)
            MapFile(routes, file.Path, file.Content, file.ContentType);
    }

    private static void MapAssociation(IEndpointRouteBuilder routes, string path, string? json)
    {
        if (json is null)
            routes.MapMethods(path, GetAndHead, () => NoApp.ToResult()).ExcludeFromDescription();
        else
            MapFile(routes, path, Encoding.UTF8.GetBytes(json), "application/json");
    }

    private static void MapFile(IEndpointRouteBuilder routes, string path, ReadOnlyMemory<byte> content, string contentType) =>
        routes.MapMethods(path, GetAndHead, (HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "public, max-age=3600";
            return Results.Bytes(content, contentType);
        }).ExcludeFromDescription();
}
