using System.Net;
using System.Text;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Dashboard;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.People;
using ShareLinks.Qr;
using ShareLinks.Reporting;
using ShareLinks.Resolving;
using ShareLinks.Rollups;
using ShareLinks.Security;
using ShareLinks.Storage;
using ShareLinks.WeChat;

namespace ShareLinks.Hosting;

/// <summary>The deployment's configuration: section <c>ShareLinks</c>.</summary>
public sealed class Settings
{
    private const int MaxReportedTags = 4;

    /// <summary>How an app setting begins whose value is to be taken from Key Vault; the app sees it only when Azure could not.</summary>
    private const string VaultReference = "@Microsoft.KeyVault(";

    /// <summary>The address under which people reach this service, without a path.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Hosts, with a port where they had one, under which the service was reached before; their links stay good.</summary>
    public IList<string> FormerHosts { get; } = [];

    /// <summary>The marketplace's name by language, such as <c>zh-CN</c> and <c>en</c>.</summary>
    public IDictionary<string, string> Brand { get; } = new Dictionary<string, string>();

    /// <summary>The IANA time zone whose days the growth team counts in.</summary>
    public string ReportingTimeZone { get; set; } = ReportingZone.Default;

    /// <summary>Tags whose values have statistics of their own, at most <see cref="MaxReportedTags"/>.</summary>
    public IList<string> ReportedTags { get; } = [];

    /// <summary>The header in which the nearest edge tells a client's address; see <see cref="Security.ClientAddress"/>.</summary>
    public string? ClientAddressHeader { get; set; }

    /// <summary>The header in which the edge tells a visitor's country (two letters); without it the address is looked up, and forgotten.</summary>
    public string? CountryHeader { get; set; }

    /// <summary>Files that others ask for to see whose host this is: path (such as <c>/Q/abc.txt</c>) → content.</summary>
    public IDictionary<string, string> VerificationFiles { get; } = new Dictionary<string, string>();

    /// <summary>Rows of the route table, in addition to or in the place of the product's own.</summary>
    public IList<RouteRowOptions> Routes { get; } = [];

    /// <summary>Whether search engines may list links.</summary>
    public bool AllowIndexing { get; set; }

    public VisitorOptions Visitors { get; set; } = new();

    public CodeOptions Codes { get; set; } = new();

    public ShareTextOptions ShareText { get; set; } = new();

    public AppOptions Apps { get; set; } = new();

    public StorageOptions Storage { get; set; } = new();

    public ClickOptions Clicks { get; set; } = new();

    public FoldOptions Fold { get; set; } = new();

    public DestinationOptions Destinations { get; set; } = new();

    public QrOptions Qr { get; set; } = new();

    public DashboardOptions Dashboard { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    public SecurityOptions Security { get; set; } = new();

    public TelemetryOptions Telemetry { get; set; } = new();

    /// <summary>Reads and checks the configuration.</summary>
    /// <exception cref="SettingsException">A setting is wrong; the message names it and says what was expected.</exception>
    public static Settings Read(IConfiguration configuration, IHostEnvironment environment)
    {
        Settings settings;
        try
        {
            settings = configuration.GetSection("ShareLinks").Get<Settings>() ?? new Settings();
        }
        catch (InvalidOperationException fault)
        {
            throw new SettingsException(fault.Message);
        }
        settings.Check(environment.IsDevelopment());
        return settings;
    }

    /// <exception cref="SettingsException">There is no such zone.</exception>
    public ReportingZone GetReportingZone() =>
        ReportingZone.Find(ReportingTimeZone ?? "") ?? throw new SettingsException($"ShareLinks:ReportingTimeZone must be a time zone of the IANA list, such as {ReportingZone.Default}.");

    public CodeKey GetCodeKey() => Codes.Key is null ? CodeKey.Development : CodeKey.TryParse(Codes.Key)!;

    /// <summary>The keys of tokens' MACs, the newest first.</summary>
    public IReadOnlyList<byte[]> GetTokenKeys() =>
        // The one from before there were any stays last, or the first rotation would end every token in print.
        [.. Codes.TokenKeys.Select(key => CodeKey.TryParse(key)!).Append(GetCodeKey()).Select(key => key.Derive("tokens", 32))];

    /// <summary>The keys of sessions and forms, the newest first.</summary>
    public SigningKeys GetSigningKeys() =>
        // Unlike a token, a session is soon over: once there are keys for it, the code key opens none.
        new([.. (Security.SigningKeys.Count > 0 ? Security.SigningKeys.Select(key => CodeKey.TryParse(key)!) : [GetCodeKey()]).Select(key => key.Derive("sessions", 32))]);

    /// <summary>The keys of visitors' daily numbers, the newest first.</summary>
    public VisitorKeys GetVisitorKeys() =>
        // The day on which the first key is added was begun by the code key.
        new([.. Visitors.HashKeys.Select(key => CodeKey.TryParse(key)!), GetCodeKey()]);

    /// <summary>The deployment's logo; null when it has none.</summary>
    /// <exception cref="SettingsException">The file is not there, or no picture.</exception>
    public QrLogo? GetLogo()
    {
        if (string.IsNullOrEmpty(Qr.LogoFile))
            return null;
        var file = Path.GetFullPath(Qr.LogoFile, AppContext.BaseDirectory);
        try
        {
            return QrLogo.TryLoad(File.ReadAllBytes(file)) ?? throw new SettingsException($"ShareLinks:Qr:LogoFile must be a PNG, JPEG or WebP picture, and {file} is none.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"ShareLinks:Qr:LogoFile can't be read: {fault.Message}");
        }
    }

    private void Check(bool isDevelopment)
    {
        CheckKeys(isDevelopment);
        CheckStorage(isDevelopment);
        if (BaseUrl is null && !isDevelopment)
            throw new SettingsException("ShareLinks:BaseUrl must be set outside Development, such as https://s.example.");
        if (BaseUrl is not null && !(Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) && url.AbsolutePath == "/" && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0 && Ascii.IsValid(url.Authority)
            && (url.Scheme == Uri.UriSchemeHttps || (isDevelopment && url.Scheme == Uri.UriSchemeHttp))))
        {
            throw new SettingsException("ShareLinks:BaseUrl must be an https address in ASCII (xn--…) without a path, such as https://s.example.");
        }
        foreach (var host in FormerHosts)
        {
            if (!Uri.TryCreate($"https://{host}", UriKind.Absolute, out var former) || !former.Authority.Equals(host, StringComparison.OrdinalIgnoreCase) || former.UserInfo.Length > 0)
                throw new SettingsException("ShareLinks:FormerHosts must each be a host, such as s.example or s.example:8080.");
        }
        _ = GetReportingZone();
        CheckFold();
        if (Dashboard.SharerUrl is { } sharerUrl && !(sharerUrl.StartsWith("https://", StringComparison.Ordinal) && sharerUrl.Contains("{sharerId}", StringComparison.Ordinal) && Uri.IsWellFormedUriString(sharerUrl.Replace("{sharerId}", "x", StringComparison.Ordinal), UriKind.Absolute)))
            throw new SettingsException("ShareLinks:Dashboard:SharerUrl must be an https address with the place {sharerId}, such as https://www.market.example/user/{sharerId}.");
        if (!IsHeaderOrNone(ClientAddressHeader))
            throw new SettingsException("ShareLinks:ClientAddressHeader must be a header's name, such as CLIENT-IP.");
        if (!IsHeaderOrNone(CountryHeader))
            throw new SettingsException("ShareLinks:CountryHeader must be a header's name, such as CF-IPCountry.");
        try
        {
            _ = new Destinations(Destinations, allowHttp: isDevelopment);
            if (new AppLinks(Apps).UniversalLinkAuthority is { } authority && BaseUrl is not null && authority.Equals(new Uri(BaseUrl).Authority, StringComparison.OrdinalIgnoreCase))
                throw new SettingsException("ShareLinks:Apps:Ios:UniversalLink must be on another host than ShareLinks:BaseUrl: iOS does not follow one from a page of the same host.");
            _ = new RouteTable(Routes);
            MiniProgram.Check(Apps.WeChat);
            _ = new AssociationFiles(Apps);
            _ = new VerificationFiles(VerificationFiles);
            ShareTexts.Check(ShareText, Brand);
        }
        catch (ArgumentException fault)
        {
            throw new SettingsException(fault.Message);
        }
        if (Limits.RequestsPerKey is < 1 or > 1_000_000)
            throw new SettingsException("ShareLinks:Limits:RequestsPerKey must be 1 to 1000000.");
        if (Clicks.CommitDeadline <= TimeSpan.Zero || Clicks.CommitDeadline > TimeSpan.FromMinutes(3))
            throw new SettingsException("ShareLinks:Clicks:CommitDeadline must be more than 0 and at most 3 minutes.");
        if (Clicks.Linger < TimeSpan.Zero || Clicks.Linger > ClickOptions.MaxLinger)
            throw new SettingsException($"ShareLinks:Clicks:Linger must be 0 to {ClickOptions.MaxLinger.TotalSeconds} s, such as 00:00:00.1.");
        if (Clicks.MaxQueued < ClickBlockCodec.MaxClicks)
            throw new SettingsException($"ShareLinks:Clicks:MaxQueued must be at least {ClickBlockCodec.MaxClicks}.");
        if (Clicks.RetentionDays is < ClickOptions.MinRetentionDays or > 36_500)
            throw new SettingsException($"ShareLinks:Clicks:RetentionDays must be {ClickOptions.MinRetentionDays} to 36500.");
        if (Clicks.SealAfter <= TimeSpan.Zero || Clicks.RotateAfter <= TimeSpan.Zero)
            throw new SettingsException("ShareLinks:Clicks:SealAfter and RotateAfter must be more than 0.");
    }

    private void CheckKeys(bool isDevelopment)
    {
        string?[] code = Codes.Key is null ? [] : [Codes.Key];
        foreach (var (setting, keys) in new (string, IEnumerable<string?>)[] { ("Codes:Key", code), ("Codes:TokenKeys", Codes.TokenKeys), ("Security:SigningKeys", Security.SigningKeys), ("Visitors:HashKeys", Visitors.HashKeys) })
        {
            var known = new HashSet<string>();
            foreach (var text in keys)
            {
                if (text is not null && text.StartsWith(VaultReference, StringComparison.Ordinal))
                    throw new SettingsException($"ShareLinks:{setting} is a reference to Key Vault that Azure has not resolved: see that the secret is there and that the app's identity may read it.");
                if (text is null || CodeKey.TryParse(text) is not { } key)
                    throw new SettingsException($"ShareLinks:{setting} must {(setting == "Codes:Key" ? "" : "each ")}be base64 of exactly {CodeKey.LengthInBytes} bytes.");
                if (!isDevelopment && key.Fingerprint == CodeKey.Development.Fingerprint)
                    throw new SettingsException($"ShareLinks:{setting} must not be the published development key outside Development: `openssl rand -base64 32` makes one.");
                if (!known.Add(key.Fingerprint))
                    throw new SettingsException($"ShareLinks:{setting} must not have a key twice.");
            }
        }
        if (!isDevelopment && Codes.Key is null)
            throw new SettingsException("ShareLinks:Codes:Key must be set outside Development: `openssl rand -base64 32` makes one; keep it for ever.");
    }

    private void CheckStorage(bool isDevelopment)
    {
        if (Storage.TablePrefix is null || !Storage.TablePrefix.All(char.IsAsciiLetterOrDigit) || Storage.TablePrefix.Length > 40 || (Storage.TablePrefix.Length > 0 && char.IsAsciiDigit(Storage.TablePrefix[0])))
            throw new SettingsException("ShareLinks:Storage:TablePrefix must be at most 40 letters and digits, a letter first.");
        if (Storage.Endpoint is not null && Storage.ConnectionString is not null)
            throw new SettingsException("ShareLinks:Storage:Endpoint and ShareLinks:Storage:ConnectionString must not both be set: the one is asked by the app's identity, the other by an account key.");
        if (Storage.Endpoint is not null && !IsHttpsRoot(Storage.Endpoint))
            throw new SettingsException("ShareLinks:Storage:Endpoint must be the https address of a storage account's tables, such as https://account.table.core.windows.net.");
        if (!IsHttpsRoot(Storage.Audience))
            throw new SettingsException("ShareLinks:Storage:Audience must be an https address, such as https://storage.azure.com.");
        if (!Storage.IsConnectionStringWellFormed)
            throw new SettingsException($"ShareLinks:Storage:ConnectionString must be a storage account's connection string, or {StorageOptions.DevelopmentStorage}.");
        if (!isDevelopment && Storage is { Endpoint: null, ConnectionString: null })
            throw new SettingsException("ShareLinks:Storage:Endpoint (or ConnectionString) must be set outside Development, such as https://account.table.core.windows.net.");
        if (Storage.Emulator.Port is < 1 or > IPEndPoint.MaxPort)
            throw new SettingsException("ShareLinks:Storage:Emulator:Port must be 1 to 65535.");
    }

    private void CheckFold()
    {
        if (ReportedTags.Count > MaxReportedTags || ReportedTags.Distinct().Count() < ReportedTags.Count || !ReportedTags.All(FieldRules.IsTagName))
            throw new SettingsException($"ShareLinks:ReportedTags must be at most {MaxReportedTags} different names, each a letter and up to 31 of a-z, 0-9 and _.");
        if (Fold.Every <= TimeSpan.Zero || Fold.Lease <= TimeSpan.Zero || Fold.Patience <= TimeSpan.Zero)
            throw new SettingsException("ShareLinks:Fold:Every, Lease and Patience must be more than 0.");
        if (Fold.StepClicks < ClickBlockCodec.MaxClicks)
            throw new SettingsException($"ShareLinks:Fold:StepClicks must be at least {ClickBlockCodec.MaxClicks}.");
        if (Fold.StepLinkDays < 1)
            throw new SettingsException("ShareLinks:Fold:StepLinkDays must be at least 1.");
    }

    private static bool IsHttpsRoot(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.PathAndQuery == "/" && address.Fragment.Length == 0 && address.UserInfo.Length == 0;

    private static bool IsHeaderOrNone(string? name) => name is null || (name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
}

/// <summary>A setting is wrong; the message is one sentence for the person who started the app.</summary>
public sealed class SettingsException(string message) : Exception(message);
