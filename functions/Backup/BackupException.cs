namespace ShareLinks.Backup;

/// <summary>A backup or a restore can't be made; the message is one sentence for the person who asked for it.</summary>
public sealed class BackupException(string message) : Exception(message);
