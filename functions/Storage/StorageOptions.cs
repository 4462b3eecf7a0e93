using Azure.Data.Tables;

namespace ShareLinks.Storage;

/// <summary>Where the tables are: section <c>ShareLinks:Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string DevelopmentStorage = "UseDevelopmentStorage=true";

    /// <summary>The https address of an account's tables, which is then asked in the name of <see cref="AzureIdentity"/>; in the place of <see cref="ConnectionString"/>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>What a token for <see cref="Endpoint"/> is asked for; only clouds of their own have another than the default.</summary>
    public string Audience { get; set; } = "https://storage.azure.com";

    /// <summary>A storage account's connection string, or <see cref="DevelopmentStorage"/>, the default, for the emulator on this machine.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Put before every table's name (letters and digits), so that several deployments can share an account.</summary>
    public string TablePrefix { get; set; } = "";

    public EmulatorOptions Emulator { get; set; } = new();

    /// <summary>How long one request may take. No setting: tests on a busy machine wait longer.</summary>
    internal TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether <see cref="ConnectionString"/> can be read, without asking the account.</summary>
    public bool IsConnectionStringWellFormed
    {
        get
        {
            try
            {
                return ConnectionString is null || UsesEmulator || new TableServiceClient(ConnectionString).AccountName.Length > 0;
            }
            catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    public bool UsesEmulator => Endpoint is null && (ConnectionString is null || ConnectionString.Trim().TrimEnd(';').Equals(DevelopmentStorage, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The emulator that the app starts for itself when nothing listens on its port.</summary>
public sealed class EmulatorOptions
{
    public int Port { get; set; } = 10002;

    /// <summary>The folder it keeps its data in; a relative one is below the repository's root. Empty: in memory alone, gone when it ends.</summary>
    public string Folder { get; set; } = ".data/azurite";
}
