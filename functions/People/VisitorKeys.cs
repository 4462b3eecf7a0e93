using ShareLinks.Codes;

namespace ShareLinks.People;

/// <summary>The keys of visitors' daily numbers. A day is counted by the one that it began with, whatever is added meanwhile. Thread-safe.</summary>
public sealed class VisitorKeys
{
    private readonly IReadOnlyList<CodeKey> keys;

    /// <param name="keys">The newest first; at least one.</param>
    public VisitorKeys(IReadOnlyList<CodeKey> keys)
    {
        ArgumentOutOfRangeException.ThrowIfZero(keys.Count);
        this.keys = keys;
    }

    /// <summary>The key that the next day begins with.</summary>
    public CodeKey Newest => keys[0];

    /// <summary>The key of days that were begun when they were not told apart yet.</summary>
    public CodeKey Oldest => keys[^1];

    /// <summary>The key with the given fingerprint; null when it is not among these.</summary>
    public CodeKey? Find(string fingerprint) => keys.FirstOrDefault(key => key.Fingerprint == fingerprint);
}
