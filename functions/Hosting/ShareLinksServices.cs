using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Azure.Core.Pipeline;
using ShareLinks.Attribution;
using ShareLinks.Backup;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Dashboard;
using ShareLinks.Events;
using ShareLinks.Journeys;
using ShareLinks.Links;
using ShareLinks.Minting;
using ShareLinks.People;
using ShareLinks.Posters;
using ShareLinks.Privacy;
using ShareLinks.Qr;
using ShareLinks.Resolving;
using ShareLinks.Rollups;
using ShareLinks.Security;
using ShareLinks.Storage;
using ShareLinks.WeChat;

namespace ShareLinks.Hosting;

/// <summary>Puts the parts together.</summary>
public static class ShareLinksServices
{
    public static void Add(IServiceCollection services, Settings settings, bool isDevelopment)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.Storage);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(settings.GetReportingZone());
#pragma warning disable RS0030 // The one place that makes the source of randomness which everything else receives.
        services.AddSingleton(_ => RandomNumberGenerator.Create());
#pragma warning restore RS0030

        services.AddSingleton(settings.GetCodeKey());
        services.AddSingleton<IdScrambler>();
        services.AddSingleton<ShortCodes>();
        services.AddSingleton(provider => new PassphraseTokens(settings.GetTokenKeys(), provider.GetRequiredService<IdScrambler>()));
        services.AddSingleton<ClickIdCodes>();
        services.AddSingleton(provider => provider.GetRequiredService<PublicAddress>().Authorities);
        services.AddSingleton<CodeScanner>();
        services.AddSingleton<ShareTextGrammar>();
        services.AddSingleton(provider => new ShareTexts(
            settings.ShareText, settings.Brand, provider.GetRequiredService<PassphraseTokens>(), provider.GetRequiredService<CodeScanner>(), provider.GetRequiredService<ShareTextGrammar>()));

        services.AddSingleton(provider => new StorageAccount(settings.Storage, provider.GetService<HttpPipelineTransport>(), meters: provider.GetRequiredService<IMeterFactory>(), logger: provider.GetRequiredService<ILogger<StorageAccount>>()));
        services.AddSingleton<PersonTable>();
        services.AddSingleton(provider => new Countries(settings.CountryHeader, Countries.InstalledFile, provider.GetRequiredService<ILogger<Countries>>()));
        services.AddSingleton<SaltTable>();
        services.AddSingleton(settings.GetVisitorKeys());
        services.AddSingleton<VisitorHashes>();
        services.AddSingleton(settings.Visitors);

        services.AddSingleton<CodeKeyRecord>();
        services.AddSingleton<LinkIdLeases>();
        services.AddSingleton<LinkTable>();
        services.AddSingleton<ListingTable>();
        services.AddSingleton(provider => new AliasTable(provider.GetRequiredService<StorageAccount>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LinkFinder>();
        services.AddSingleton<LinkAddresses>();
        services.AddSingleton(provider => new Destinations(
            isDevelopment ? DemoMarket.Complete(settings.Destinations, provider.GetRequiredService<PublicAddress>()) : settings.Destinations, isDevelopment));

        services.AddSingleton(settings.Apps);
        services.AddSingleton(new AppLinks(settings.Apps));
        services.AddSingleton(new AssociationFiles(settings.Apps));
        services.AddSingleton(new VerificationFiles(settings.VerificationFiles));

        services.AddSingleton(new QrPictures(settings.GetLogo()));
        services.AddSingleton<QrAnswers>();

        var miniProgram = new MiniProgram(settings.Apps.WeChat);
        services.AddSingleton(miniProgram);
        if (miniProgram.HasCredentials)
        {
            services.AddSingleton(provider => new WeChatApi(
                settings.Apps.WeChat, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WeChatApi>>()));
            services.AddSingleton<UrlLinks>();
            services.AddSingleton<IWeChat, WeChatClient>();
        }
        else
        {
            services.AddSingleton<IWeChat, NoWeChat>();
        }

        services.AddSingleton<AppEndpoints>();
        services.AddSingleton(provider => new ReservedNames(() => provider.GetRequiredService<AppEndpoints>().FirstParts));
        services.AddSingleton<LinkMinter>();
        services.AddSingleton<IdempotencyTable>();
        services.AddSingleton<MintCall>();
        services.AddSingleton<LinkViews>();

        services.AddSingleton(settings.Clicks);
        services.AddSingleton<StreamTable>();
        services.AddSingleton<BlockTable>();
        services.AddSingleton<BatchTable>();
        services.AddSingleton<ScanTable>();
        services.AddSingleton<RetentionRecord>();
        services.AddSingleton<ClickRetention>();
        services.AddSingleton<ClickLog>();
        services.AddSingleton<ClickCutter>();
        services.AddSingleton<UnreadBlocks>();
        services.AddSingleton<ClickFeed>();
        services.AddSingleton<IRecordedClicks>(provider => provider.GetRequiredService<ClickFeed>());
        services.AddSingleton<ClickViews>();
        services.AddSingleton<ClickExport>();

        services.AddSingleton(settings.Fold);
        services.AddSingleton(new FoldBasis(settings.ReportingTimeZone, string.Join(',', settings.ReportedTags.Order(StringComparer.Ordinal))));
        services.AddSingleton<FoldTable>();
        services.AddSingleton<StatsTable>();
        services.AddSingleton<TreeTable>();
        services.AddSingleton<JourneyTable>();
        services.AddSingleton<PathDeriver>();
        services.AddSingleton<PathTable>();
        services.AddSingleton<EventTable>();
        services.AddSingleton<ErasedCookies>();
        services.AddSingleton<EventIntake>();
        services.AddSingleton<IProjection, ClickCounts>();
        services.AddSingleton<IProjection, JourneyProjection>();
        services.AddSingleton<StepPlanner>();
        services.AddSingleton<StepRunner>();
        services.AddSingleton<FoldRunner>();
        services.AddSingleton<ClickFold>();
        services.AddSingleton<FoldGenerations>();
        services.AddSingleton<FoldHolder>();
        services.AddSingleton<ErasureTable>();
        services.AddSingleton<PersonErasure>();
        services.AddSingleton<PersonRecords>();
        services.AddSingleton<SubjectNames>();
        services.AddSingleton<FreshFold>();
        services.AddSingleton<StatsQuestions>();
        services.AddSingleton<AttributionQuestions>();
        services.AddSingleton<EventExplainer>();
        services.AddSingleton<FunnelQuestions>();
        services.AddSingleton<SpreadQuestions>();

        services.AddSingleton<LinkResolver>();
        services.AddSingleton<HandoffTable>();
        services.AddSingleton<Handoffs>();
        services.AddSingleton<VisitorCookies>();
        services.AddSingleton<VisitRecorder>();
        services.AddSingleton(new RouteTable(settings.Routes));
        services.AddSingleton<OfferedWays>();
        services.AddSingleton<VisitorReader>();
        services.AddSingleton(new PageOptions(settings.AllowIndexing));
        services.AddSingleton<LandingPage>();
        services.AddSingleton<VisitAnswer>();
        services.AddSingleton<LinkOpener>();
        services.AddSingleton<TextOpener>();

        services.AddSingleton<FailureLimiter>();
        services.AddSingleton<MissLimiter>();
        services.AddSingleton<KeyFailureLimiter>();
        services.AddSingleton<PictureLimiter>();
        services.AddSingleton(new ApiKeyIds(settings.GetCodeKey().Derive("api keys", 32)));
        services.AddSingleton<ApiKeyTable>();
        services.AddSingleton(settings.GetSigningKeys());
        services.AddSingleton<Sessions>();
        services.AddSingleton(new DevelopmentKey(isDevelopment));

        services.AddSingleton(provider => new BackupWriter(
            provider.GetRequiredService<StorageAccount>(), provider.GetRequiredService<TimeProvider>(), async cancellationToken => await provider.GetRequiredService<FoldHolder>().HoldAsync(cancellationToken)));
        services.AddSingleton<BackupRestorer>();

        services.AddSingleton(settings.Dashboard);
        services.AddSingleton<SubjectConversions>();
        services.AddSingleton<Reports>();
        services.AddSingleton<AttributionPage>();
        services.AddSingleton<LinksPage>();
        services.AddSingleton<LotTable>();
        services.AddSingleton<PosterLots>();
        services.AddSingleton<PosterPrint>();
        services.AddSingleton<PostersPage>();

        services.AddSingleton<TableRetention>();
        services.AddSingleton<Upkeep>();
        services.AddSingleton<HealthReport>();
        services.AddHostedService<StorageCheck>();
        services.AddHostedService<GracefulStop>();
    }
}
