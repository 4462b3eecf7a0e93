using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using ShareLinks.Http;
using ShareLinks.Links;

namespace ShareLinks.Hosting;

/// <summary><c>/openapi/v1.json</c> and, for people, <c>/docs</c>.</summary>
public static class ApiReference
{
    private const string SecurityScheme = "apiKey";

    public static void Add(IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, context, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "ShareLinks",
                Version = "v1",
                Description = "Mints share links, resolves them, and tells where visits came from. Errors are application/problem+json with a stable `code`.",
            };
            document.Servers = [new OpenApiServer { Url = context.ApplicationServices.GetRequiredService<PublicAddress>().ToString() }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[SecurityScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key: `Authorization: Bearer sl_…`.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(async (operation, context, cancellationToken) =>
        {
            operation.Responses ??= [];
            var problem = await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken);
            operation.Responses["default"] = new OpenApiResponse
            {
                Description = "An error",
                Content = new Dictionary<string, OpenApiMediaType> { [Problem.ContentType] = new() { Schema = problem } },
            };
            if (operation.RequestBody?.Content?.TryGetValue("application/json", out var body) == true)
            {
                var services = context.ApplicationServices;
                body.Example = ApiExamples.Body(
                    context.Description.HttpMethod!, "/" + context.Description.RelativePath?.TrimEnd('/'), services.GetRequiredService<PublicAddress>(),
                    services.GetRequiredService<TimeProvider>().GetUtcNow());
            }
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().FirstOrDefault()?.Policy is { } scope)
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(SecurityScheme, context.Document)] = [scope] }];
                operation.Description = $"Needs a key with scope `{scope}`.";
            }
        });
    });

    /// <summary>The page's script is this app's own copy; no browser may fetch anything from elsewhere for it.</summary>
    private const string PagePolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void UsePagePolicy(IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Request.Path.StartsWithSegments("/docs"))
            http.Response.Headers.ContentSecurityPolicy = PagePolicy;
        return next(http);
    });

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi();
        routes.MapScalarApiReference("/docs", options =>
        {
            options.Title = "ShareLinks API";
            options.DefaultFonts = false;
            options.Telemetry = false;
            // Nothing that would send this deployment's API elsewhere.
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.HideClientButton = true;
            options.DisableAgent();
            options.DisableMcp();
        });
    }
}
