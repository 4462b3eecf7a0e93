namespace ShareLinks.Security;

/// <summary>The secrets behind sessions: section <c>ShareLinks:Security</c>.</summary>
public sealed class SecurityOptions
{
    /// <summary>Keys that sign sessions and forms of the dashboard, 32 bytes in base64 each: the first signs, all verify. One derived from the code key when empty.</summary>
    public IList<string> SigningKeys { get; } = [];
}
