using System.Net;
using MaxMind.Db;

namespace ShareLinks.People;

/// <summary>The country that a request comes from, as the edge tells it or else by the address, which is looked up in a file and forgotten.</summary>
/// <remarks>
/// The file is opened at the start and mapped, not read, into memory. Where it is missing or damaged no country is known, which the log says once.
/// Thread-safe.
/// </remarks>
public sealed partial class Countries : IDisposable
{
    /// <summary>The database that the build puts beside the app.</summary>
    public static readonly string InstalledFile = Path.Combine(AppContext.BaseDirectory, "countries.mmdb");

    /// <summary>Networks of nobody in particular (RFC 6890), to some of which the database gives a country.</summary>
    private static readonly IPNetwork[] Nowhere =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "::/16", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private readonly string? header;
    private readonly string file;
    private readonly ILogger<Countries> logger;
    private readonly Reader? blocks;
    private int faults;

    /// <param name="header">The header in which the edge tells the country; null: none does. What it says is final, even that it does not know.</param>
    /// <param name="file">A database in MaxMind's format, with <c>country_code</c> for each block of addresses.</param>
    /// <param name="logger">Where a fault of the file is told.</param>
    public Countries(string? header, string file, ILogger<Countries> logger)
    {
        (this.header, this.file, this.logger) = (header, file, logger);
        try
        {
            blocks = new Reader(file, FileAccessMode.MemoryMapped);
        }
        catch (Exception fault)
        {
            // Any fault counts (an empty file can't even be mapped): visitors are sent on without a country.
            LogOnce(fault);
        }
    }

    /// <summary>ISO 3166-1, two capital letters; null when it is not known.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="address">The client's address, if that is known.</param>
    public string? Of(IHeaderDictionary headers, IPAddress? address)
    {
        var told = header is null ? default : headers[header];
        var country = told.Count > 0 ? told.ToString() : address is null || Nowhere.Any(network => network.Contains(address)) ? null : LookUp(address);
        return country is not null && IsCountry(country) ? country : null;
    }

    public void Dispose()
    {
        blocks?.Dispose();
    }

    private string? LookUp(IPAddress address)
    {
        try
        {
            return blocks?.Find<Block>(address)?.Country;
        }
        catch (Exception fault)
        {
            // Damage shows where it is read, as any kind of fault.
            LogOnce(fault);
            return null;
        }
    }

    private void LogOnce(Exception fault)
    {
        if (Interlocked.Exchange(ref faults, 1) == 0)
            LogUnknown(file, fault.Message);
    }

    /// <summary>Two capital letters that ISO 3166 does not leave to its users (as <c>XX</c>, <c>ZZ</c>) and that name no group of countries. Kosovo's <c>XK</c> is in general use.</summary>
    private static bool IsCountry(string code) =>
        code is [>= 'A' and <= 'Z', >= 'A' and <= 'Z'] and not ("AA" or "ZZ" or "AP" or "EU" or "UN" or ['Q', >= 'M'] or ['X', not 'K']);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Visitors' countries are not known, since {File} can't be read: {Reason}")]
    private partial void LogUnknown(string file, string reason);

    /// <summary>What the database says of a block of addresses.</summary>
    internal sealed class Block
    {
        [MapKey("country_code")]
        public string? Country { get; init; }
    }
}
