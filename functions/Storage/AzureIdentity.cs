using Azure.Core;
using Azure.Identity;

namespace ShareLinks.Storage;

/// <summary>Who this process is to Azure: the app's managed identity there, and elsewhere the person who signed in on this machine (<c>az login</c>, <c>azd auth login</c>).</summary>
public static class AzureIdentity
{
    /// <summary>Asks nobody yet: the first request that needs a token does.</summary>
    /// <remarks>A longer chain, such as Azure's default one, would try machine after machine at a cold start.</remarks>
    public static TokenCredential Create() => HasManagedIdentity
        ? new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned)
        : new ChainedTokenCredential(new AzureCliCredential(), new AzureDeveloperCliCredential());

    /// <summary>Azure Functions gives an app with a managed identity the address that it is asked at.</summary>
    private static bool HasManagedIdentity => Environment.GetEnvironmentVariable("IDENTITY_ENDPOINT") is { Length: > 0 };
}
