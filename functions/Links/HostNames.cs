namespace ShareLinks.Links;

/// <summary>Hosts as people write them. A final dot makes a name absolute in the domain name system and names the same host.</summary>
internal static class HostNames
{
    /// <summary>An authority such as <c>s.example:8080</c> for <c>s.example.:8080</c>.</summary>
    public static string WithoutFinalDot(string authority) =>
        authority.LastIndexOf(':') is > 0 and var colon && !authority.EndsWith(']') ? authority[..colon].TrimEnd('.') + authority[colon..] : authority.TrimEnd('.');
}
