namespace ShareLinks.Codes;

/// <summary>The secrets behind codes: section <c>ShareLinks:Codes</c>.</summary>
public sealed class CodeOptions
{
    /// <summary>32 bytes in base64. It can never change: see <see cref="CodeKey"/>.</summary>
    public string? Key { get; set; }

    /// <summary>Keys of tokens' MACs, 32 bytes in base64 each, the newest first; one derived from <see cref="Key"/> when empty.</summary>
    public IList<string> TokenKeys { get; } = [];
}
