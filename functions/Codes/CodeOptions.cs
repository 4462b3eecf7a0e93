namespace ShareLinks.Codes;

/// <summary>The secrets behind codes: section <c>ShareLinks:Codes</c>.</summary>
public sealed class CodeOptions
{
    /// <summary>32 bytes in base64. It can never change: see <see cref="CodeKey"/>.</summary>
    public string? Key { get; set; }
}
