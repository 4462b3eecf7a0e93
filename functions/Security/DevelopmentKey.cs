namespace ShareLinks.Security;

/// <summary>A published key with every scope, for trying the service on a developer's machine; no other environment takes it.</summary>
public sealed class DevelopmentKey(bool isEnabled)
{
    public const string Value = "sl_development";

    private readonly ApiKey key = new()
    {
        Id = "development",
        Hash = ApiKey.HashOf(Value),
        Name = "Development",
        Scopes = Scopes.All,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    public bool IsEnabled => isEnabled;

    public ApiKey? FindById(string id) => isEnabled && id == key.Id ? key : null;

    public ApiKey? Find(string secretKey) => isEnabled && key.Matches(secretKey) ? key : null;
}
