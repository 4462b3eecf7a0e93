using Azure.Data.Tables;

namespace ShareLinks.Storage;

/// <summary>Where the tables are: section <c>ShareLinks:Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string DevelopmentStorage = "UseDevelopmentStorage=true";

    /// <summary>A storage account's connection string, or <see cref="DevelopmentStorage"/> for the emulator on this machine.</summary>
    public string ConnectionString { get; set; } = DevelopmentStorage;

    /// <summary>Put before every table's name (letters and digits), so that several deployments can share an account.</summary>
    public string TablePrefix { get; set; } = "";

    public EmulatorOptions Emulator { get; set; } = new();

    /// <summary>Whether the connection string can be read, without asking the account.</summary>
    public bool IsWellFormed
    {
        get
        {
            try
            {
                return UsesEmulator || new TableServiceClient(ConnectionString).AccountName.Length > 0;
            }
            catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    public bool UsesEmulator => ConnectionString.Trim().TrimEnd(';').Equals(DevelopmentStorage, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The emulator that the app starts for itself when nothing listens on its port.</summary>
public sealed class EmulatorOptions
{
    public int Port { get; set; } = 10002;

    /// <summary>The folder it keeps its data in; a relative one is below the repository's root. Empty: in memory alone, gone when it ends.</summary>
    public string Folder { get; set; } = ".data/azurite";
}
