namespace ShareLinks.Hosting;

/// <summary>What one client may ask of an instance: section <c>ShareLinks:Limits</c>.</summary>
public sealed class LimitOptions
{
    /// <summary>Requests of one API key in a second; twice as many at once. All phones of an app share a key.</summary>
    public int RequestsPerKey { get; set; } = 1000;
}
