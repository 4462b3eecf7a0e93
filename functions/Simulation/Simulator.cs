using System.Buffers.Binary;
using System.Collections;
using System.Security.Cryptography;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Minting;
using ShareLinks.Reporting;
using ShareLinks.Resolving;
using ShareLinks.Rollups;
using Route = ShareLinks.Resolving.Route;

namespace ShareLinks.Simulation;

/// <summary>Lives through the history of a marketplace's share links, hour by hour, and writes it as the service would have.</summary>
/// <remarks>
/// All chance is drawn by one thread in the order of simulated time, so nothing depends on how fast storage answers. Links are minted, and sold
/// listings told of, at the beginning of an hour. Use it once.
/// </remarks>
internal sealed class Simulator
{
    private const int ClicksPerShare = 400;

    /// <summary>Links that people share on, at most: one for so many clicks so far.</summary>
    private const int ClicksPerOnwardShare = 200;

    private const double SharesOn = 0.006;
    private const double PriceCuts = 0.1;
    private const double Disabled = 0.012;
    private const double Successors = 0.15;

    private const double Unknown = 0.004;
    private const double Previews = 0.05;
    private const double Prefetches = 0.012;

    /// <summary>Openings by the app itself: its links, pasted texts, its scanner.</summary>
    private const double OpensInApp = 0.12;
    private const double ContinuesInApp = 0.08;
    private const double Forwards = 0.004;
    private const double LateScans = 0.07;

    /// <summary>How often somebody who came to a link that leads nowhere is followed by another before it is a good one's turn.</summary>
    private const int MaxMissesInARow = 6;

    /// <summary>After this long nobody goes on with a visit, so whoever opens it was passed it on.</summary>
    private static readonly TimeSpan ForwardsFrom = HandOvers.Window + TimeSpan.FromMinutes(1);

    private readonly SimulationPlan plan;
    private readonly Func<IReadOnlyList<SimulatedEvent>, CancellationToken, Task> sink;
    private readonly MarketWriter market;
    private readonly OpeningWriter openings;
    private readonly RouteTable routes;
    private readonly OfferedWays offers;
    private readonly Destinations destinations;
    private readonly ClickLog log;
    private readonly ClickFold fold;
    private readonly ReportingZone zone;
    private readonly SimulatedTime time;

    private readonly Dice dice;
    private readonly IReadOnlyList<SimulatedHour> hours;
    private readonly Catalogue catalogue;
    private readonly Crowd crowd;
    private readonly Sharing sharing;
    private readonly Agenda agenda;
    private readonly Trade trade;
    private readonly SimulationSummary summary = new();
    private readonly BitArray seen;
    private readonly Dictionary<(ClientApp, ClientOs, string Rule), bool> pages = [];

    /// <summary>Names scans, so that those of an earlier run in the same tables are others.</summary>
    private readonly string run;

    private readonly List<SimulatedLink> links = [];
    private readonly List<Share> onwardShares = [];
    private Weighted<SimulatedLink> pull = null!;
    private SimulatedLink first = null!;
    private int shares;
    private int sharedOn;
    private int scans;

    /// <summary>The present day, from 0.</summary>
    private int today;

    /// <summary>Openings that are recorded or on the agenda.</summary>
    private int planned;

    /// <summary>Openings that are still to be drawn for this hour.</summary>
    private int left;

    /// <param name="plan">What it is to be.</param>
    /// <param name="sink">Gets what happens in the marketplace, in the order of its time.</param>
    public Simulator(
        SimulationPlan plan, Func<IReadOnlyList<SimulatedEvent>, CancellationToken, Task> sink, MarketWriter market, OpeningWriter openings, RouteTable routes,
        OfferedWays offers, Destinations destinations, ShortCodes codes, ClickLog log, ClickFold fold, ReportingZone zone, SimulatedTime time,
        RandomNumberGenerator random)
    {
        (this.plan, this.sink, this.market, this.openings, this.routes, this.offers, this.destinations, this.log, this.fold, this.zone, this.time) =
            (plan, sink, market, openings, routes, offers, destinations, log, fold, zone, time);
        agenda = new Agenda(time);
        dice = new Dice(plan.Seed);
        hours = DayCurve.Hours(plan, zone, dice.Split());
        catalogue = new Catalogue(plan, hours[0].Start, dice.Split());
        crowd = new Crowd(plan, dice.Split());
        sharing = new Sharing(plan, codes, dice.Split());
        trade = new Trade(plan, crowd, agenda, dice.Split());
        seen = new BitArray(crowd.Size);
        Span<byte> bytes = stackalloc byte[8];
        random.GetBytes(bytes);
        run = BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString("x16", null);
    }

    /// <summary>Writes the history and counts it.</summary>
    /// <param name="progress">Told how much is written, from 0 to 1, and up to which moment.</param>
    /// <param name="cancellationToken">Stops in the middle.</param>
    /// <exception cref="SimulationException">Something could not be made or stored.</exception>
    public async Task<SimulationSummary> RunAsync(Action<double, DateTimeOffset> progress, CancellationToken cancellationToken)
    {
        var told = Task.CompletedTask;
        foreach (var hour in hours)
        {
            (time.Now, today) = (hour.Start, hour.Day);
            await EndListingsAsync(hour.Start, cancellationToken);
            await MintAsync(hour, cancellationToken);
            await OpenAsync(hour, cancellationToken);
            openings.Flush();
            await told;
            told = TellAsync(trade.TakeHappened(), cancellationToken);
            progress((double)planned / plan.Clicks, hour.End);
        }
        await told;
        await openings.DrainAsync(cancellationToken);
        await log.StopAsync(cancellationToken);
        time.Now = plan.End;
        await fold.FoldAsync(cancellationToken);
        (summary.Blocks, summary.Visitors) = (openings.Blocks, seen.Cast<bool>().Count(isSeen => isSeen));
        return summary;
    }

    private async Task TellAsync(IReadOnlyList<(SimulatedEvent Event, Task<ClickId>? Click)> happened, CancellationToken cancellationToken)
    {
        if (happened.Count == 0)
            return;
        var events = new List<SimulatedEvent>(happened.Count);
        foreach (var (happening, click) in happened)
            events.Add(click is null ? happening : happening with { ClickId = await click });
        await sink(events, cancellationToken);
    }

    private async Task EndListingsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ended = catalogue.All.Where(listing => listing.IsAvailable && (listing.SoldOutAt is not null || listing.EndsAt <= now)).ToList();
        if (ended.Count == 0)
            return;
        var available = catalogue.Available();
        foreach (var listing in ended)
            listing.Successor = dice.Chance(Successors) && available.Pick(dice) is var other && !ended.Contains(other) ? other : null;
        var changes = ended.Select(listing => (listing.Id, new ListingRequest
        {
            State = listing.SoldOutAt is null && listing.IsRemoved ? "removed" : "sold",
            SuccessorId = listing.Successor?.Id,
            UpdatedAt = listing.SoldOutAt ?? listing.EndsAt,
        })).ToList();
        var told = await market.TellAsync(changes, now, cancellationToken);
        for (var i = 0; i < ended.Count; i++)
            ended[i].Told = told[i];
    }

    private async Task MintAsync(SimulatedHour hour, CancellationToken cancellationToken)
    {
        var made = onwardShares.ToList();
        onwardShares.Clear();
        // Whoever lists something shares it.
        made.AddRange(catalogue.ListedBefore(hour.End).Select(listing => sharing.Next(listing, today) with { TellsOfListing = true, IsShort = false }));
        var due = (int)((long)plan.Clicks / ClicksPerShare * hour.Target / plan.Clicks) - shares;
        if (due > 0 && links.Count > 0)
        {
            shares += due;
            var available = catalogue.Available();
            for (var i = 0; i < due; i++)
                made.Add(ShareAnew(available.Pick(dice)));
        }
        if (made.Count == 0)
            return;
        var outcomes = await market.MintAsync([.. made.Select(share => sharing.RequestFor(share, hour.Start))], hour.Start, cancellationToken);
        foreach (var (share, outcome) in made.Zip(outcomes))
        {
            share.Listing.Told = outcome.Listing ?? share.Listing.Told;
            var link = new SimulatedLink(share, outcome.Link!);
            first ??= link;
            links.Add(link);
            summary.Links++;
            summary.Depth = Math.Max(summary.Depth, link.Link.Depth);
            if (link != first && dice.Chance(Disabled))
                agenda.Add(hour.Start + dice.Between(TimeSpan.FromHours(4), TimeSpan.FromDays(4)), _ => DisableAsync(link, cancellationToken));
        }
    }

    private Share ShareAnew(SimulatedListing listing)
    {
        if (!dice.Chance(PriceCuts))
            return sharing.Next(listing, today);
        listing.Price = Goods.Round((double)listing.Price * dice.Between(0.85, 0.97));
        return sharing.Next(listing, today) with { TellsOfListing = true };
    }

    private async Task DisableAsync(SimulatedLink link, CancellationToken cancellationToken) => link.Link = await market.DisableAsync(link.Link.Id, cancellationToken);

    private async Task OpenAsync(SimulatedHour hour, CancellationToken cancellationToken)
    {
        links.RemoveAll(link => link != first && link.PullAt(hour.Start) == 0);
        pull = new Weighted<SimulatedLink>(links, link => link.PullAt(hour.Start));
        var moments = new DateTimeOffset[Math.Max(0, hour.Target - planned)];
        for (var i = 0; i < moments.Length; i++)
            moments[i] = hour.Start + dice.Between(TimeSpan.Zero, hour.End - hour.Start);
        Array.Sort(moments);
        left = moments.Length;
        foreach (var moment in moments)
        {
            await agenda.RunUntilAsync(moment);
            time.Now = moment;
            left--;
            await LookInAsync(moment, cancellationToken);
            await VisitAsync(moment, cancellationToken);
        }
        await agenda.RunUntilAsync(hour.End);
    }

    /// <summary>What comes along with people: wrong codes, programs, and browsers ahead of their users.</summary>
    private async Task LookInAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (dice.Chance(Unknown))
        {
            var person = crowd.Person(dice.Next(crowd.Size));
            var code = new LinkId(LinkId.Max - dice.Next(int.MaxValue));
            await MissAsync(LinkAttributes.Unknown(code), ClickAction.MissUnknown, person, Channel.All[0], at, cancellationToken);
        }
        if (dice.Chance(Previews))
        {
            var link = pull.Pick(dice);
            var visitor = new Visitor
            {
                App = ClientApp.Other.Name(),
                Os = ClientOs.Other.Name(),
                Device = ClientDevice.Other.Name(),
                Country = dice.Chance(0.8) ? "CN" : "US",
                IsBot = true,
            };
            summary.Bots++;
            await WriteAsync(new Opening(link.Link.Attributes, ArrivalOf(link.Share.Channel, at), Resolve(link, at).Miss ?? ClickAction.Preview, visitor), cancellationToken);
        }
        if (dice.Chance(Prefetches))
        {
            var link = pull.Pick(dice);
            var person = crowd.Person(crowd.Opener(link.Share.Sharer, dice));
            var client = link.Share.Channel.ClientOf(person, dice);
            var (route, miss) = Resolve(link, at);
            summary.Prefetches++;
            await WriteAsync(
                new Opening(link.Link.Attributes, ArrivalOf(link.Share.Channel, at), miss ?? ActionFor(client, route!), VisitorOf(person, client, link.Share.Channel, at) with { IsPrefetch = true }),
                cancellationToken);
        }
    }

    /// <summary>Somebody opens a link that leads somewhere, perhaps after others who were less lucky.</summary>
    private async Task VisitAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        for (var misses = 0; ; misses++)
        {
            var link = misses < MaxMissesInARow ? pull.Pick(dice) : first;
            var person = crowd.Person(crowd.Opener(link.Share.Sharer, dice));
            if (Resolve(link, at).Miss is not { } miss)
            {
                planned++;
                await VisitAsync(link, person, at, cancellationToken);
                return;
            }
            await MissAsync(link.Link.Attributes, miss, person, link.Share.Channel, at, cancellationToken);
        }
    }

    private async Task VisitAsync(SimulatedLink link, SimulatedPerson person, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var channel = link.Share.Channel;
        var hasApp = crowd.HasApp(person.Place);
        if (channel == Channel.Poster && dice.Chance(LateScans))
        {
            var receivedAt = at + dice.LogNormal(TimeSpan.FromHours(14), 1);
            if (receivedAt < plan.End)
            {
                agenda.Add(receivedAt, when => ScanLateAsync(link, person, at, when, cancellationToken));
                return;
            }
        }
        if (hasApp && dice.Chance(OpensInApp))
        {
            GoOn(link, person, await OpenInAppAsync(link, person, null, at, cancellationToken), at);
            return;
        }
        var client = channel.ClientOf(person, dice);
        var action = ActionFor(client, Resolve(link, at).Route!);
        var visit = await PersonOpensAsync(new Opening(link.Link.Attributes, ArrivalOf(channel, at), action, VisitorOf(person, client, channel, at)), person, cancellationToken);
        GoOn(link, person, visit, at);
        if (action == ClickAction.Page && hasApp && dice.Chance(ContinuesInApp))
        {
            PlanOpening(link, person, at + dice.Between(TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(12)), async (when, _) =>
            {
                summary.Continued++;
                await OpenInAppAsync(link, person, visit, when, cancellationToken);
            }, cancellationToken);
        }
        if (dice.Chance(Forwards) && crowd.Person(crowd.Opener(person.Place, dice)) is var other && other.Place != person.Place)
        {
            PlanOpening(link, other, at + ForwardsFrom + dice.LogNormal(TimeSpan.FromHours(2), 1), async (when, route) =>
            {
                summary.Forwarded++;
                var opener = channel.ClientOf(other, dice);
                var gets = ActionFor(opener, route);
                var opening = new Opening(link.Link.Attributes, ArrivalOf(channel, when), gets, VisitorOf(other, opener, channel, when)) { Earlier = visit, ReopensPage = gets == ClickAction.Page };
                await PersonOpensAsync(opening, other, cancellationToken);
            }, cancellationToken);
        }
    }

    /// <summary>What a visit leads to in the marketplace, and whether it is shared on.</summary>
    private void GoOn(SimulatedLink link, SimulatedPerson person, Task<ClickId> visit, DateTimeOffset at)
    {
        trade.Consider(person, link.Share.Listing, visit, at);
        if (sharedOn < planned / ClicksPerOnwardShare && link.Share.Listing.IsAvailable && dice.Chance(SharesOn * link.Share.Virality))
        {
            sharedOn++;
            crowd.Join(person.Place);
            onwardShares.Add(sharing.On(link, person.Place, today));
        }
    }

    /// <summary>Plans that somebody opens a link, unless there would be more openings than the plan has. If it leads nowhere by then, somebody else opens another.</summary>
    private void PlanOpening(SimulatedLink link, SimulatedPerson person, DateTimeOffset at, Func<DateTimeOffset, Route, Task> open, CancellationToken cancellationToken)
    {
        if (at >= plan.End || planned + left >= plan.Clicks)
            return;
        planned++;
        agenda.Add(at, async when =>
        {
            var (route, miss) = Resolve(link, when);
            if (route is not null)
            {
                await open(when, route);
                return;
            }
            await MissAsync(link.Link.Attributes, miss!.Value, person, link.Share.Channel, when, cancellationToken);
            planned--;
            await VisitAsync(when, cancellationToken);
        });
    }

    private ValueTask<Task<ClickId>> OpenInAppAsync(SimulatedLink link, SimulatedPerson person, Task<ClickId>? earlier, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var opening = new Opening(
            link.Link.Attributes, new Arrival(dice.Chance(0.6) ? ClickEntry.Code : ClickEntry.Token, ClickMatch.Exact, null, at, at), ClickAction.Page, AppVisitorOf(person, at) with { IsUserVerified = dice.Chance(0.8) })
        {
            UserId = Crowd.UserId(person.Place),
            Earlier = earlier,
        };
        return PersonOpensAsync(opening, person, cancellationToken);
    }

    private async Task ScanLateAsync(SimulatedLink link, SimulatedPerson person, DateTimeOffset at, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        summary.LateScans++;
        var opening = new Opening(
            link.Link.Attributes, new Arrival(ClickEntry.Offline, ClickMatch.Exact, null, at, receivedAt), ClickAction.Page, AppVisitorOf(person, at) with { ScanId = $"sim-{run}-{++scans}" });
        await PersonOpensAsync(opening, person, cancellationToken);
    }

    private ValueTask<Task<ClickId>> PersonOpensAsync(Opening opening, SimulatedPerson person, CancellationToken cancellationToken)
    {
        summary.Clicks++;
        seen[person.Place] = true;
        return WriteAsync(opening, cancellationToken);
    }

    private async Task MissAsync(LinkAttributes link, ClickAction miss, SimulatedPerson person, Channel channel, DateTimeOffset at, CancellationToken cancellationToken)
    {
        summary.Misses++;
        await WriteAsync(new Opening(link, ArrivalOf(channel, at), miss, VisitorOf(person, channel.ClientOf(person, dice), channel, at)), cancellationToken);
    }

    private ValueTask<Task<ClickId>> WriteAsync(Opening opening, CancellationToken cancellationToken) => openings.WriteAsync(opening, cancellationToken);

    /// <summary>Where a link leads at a moment, or why it leads nowhere.</summary>
    private (Route? Route, ClickAction? Miss) Resolve(SimulatedLink link, DateTimeOffset at)
    {
        if (link.Link.DisabledAt <= at)
            return (null, ClickAction.MissDisabled);
        if (link.Link.ExpiresAt <= at)
            return (null, ClickAction.MissExpired);
        var listing = link.Share.Listing;
        return Route.Choose(link.Link, listing.Told, listing.Successor?.Told, destinations) is { } route ? (route, null) : (null, ClickAction.MissRemoved);
    }

    private ClickAction ActionFor(Client client, Route route)
    {
        var key = (client.App, client.Os, route.Rule);
        if (!pages.TryGetValue(key, out var isPage))
        {
            var row = routes.Find(client);
            pages.Add(key, isPage = offers.IsPage(row, client.Os, route));
        }
        return isPage ? ClickAction.Page : ClickAction.Redirect;
    }

    private static Arrival ArrivalOf(Channel channel, DateTimeOffset at) => new(channel == Channel.Poster ? ClickEntry.Qr : ClickEntry.Code, ClickMatch.Exact, null, at, at);

    private Visitor VisitorOf(SimulatedPerson person, Client client, Channel channel, DateTimeOffset at) => new()
    {
        App = client.App.Name(),
        Os = client.Os.Name(),
        Device = client.Device.Name(),
        Country = person.Country,
        Language = person.Language,
        Referrer = channel.Referrer is not null && dice.Chance(0.6) ? channel.Referrer : null,
        Id = person.Cookie,
        Hash = crowd.DailyNumber(person.Place, zone.DayOf(at).Date),
    };

    /// <summary>
    /// What the marketplace's app tells. The daily number is the simulation's own: people would else be counted by their random numbers, and so
    /// estimated a little differently in each run.
    /// </summary>
    private Visitor AppVisitorOf(SimulatedPerson person, DateTimeOffset at) => new()
    {
        App = person.Phone switch { ClientOs.Ios or ClientOs.Ipados => "marketplace-ios", ClientOs.Harmony => "marketplace-harmony", _ => "marketplace-android" },
        Os = person.Phone.Name(),
        Hash = crowd.DailyNumber(person.Place, zone.DayOf(at).Date),
    };
}
