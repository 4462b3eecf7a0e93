using System.Collections;
using ShareLinks.Clicks;
using ShareLinks.Codes;
using ShareLinks.Links;
using ShareLinks.Reporting;
using ShareLinks.Resolving;

namespace ShareLinks.Simulation;

/// <summary>The openings of a history: visits with what they lead to, forwards, late scans, misses, previews and prefetches. Not thread-safe.</summary>
/// <param name="plan">The plan; its number of openings is met exactly.</param>
/// <param name="run">A prefix of scan ids that differs between runs in the same tables.</param>
internal sealed class Traffic(
    SimulationPlan plan, string run, Marketplace market, Crowd crowd, Trade trade, Agenda agenda, Dice dice, OpeningWriter openings, Outcomes outcomes, ReportingZone zone,
    SimulatedTime time, SimulationSummary summary)
{
    /// <summary>At most one onward share for this many clicks.</summary>
    private const int ClicksPerOnwardShare = 200;

    private const double SharesOn = 0.006;

    private const double Unknown = 0.004;
    private const double Previews = 0.05;
    private const double Prefetches = 0.012;

    /// <summary>Openings by the marketplace's app: app links, pasted texts, its scanner.</summary>
    private const double OpensInApp = 0.12;
    private const double ContinuesInApp = 0.08;
    private const double Forwards = 0.004;
    private const double LateScans = 0.07;

    /// <summary>After so many misses in a row, the next person opens a link that leads somewhere.</summary>
    private const int MaxMissesInARow = 6;

    /// <summary>A visit can't be continued after this time, so a later opening is a forward.</summary>
    private static readonly TimeSpan ForwardsFrom = Handoffs.Window + TimeSpan.FromMinutes(1);

    private readonly BitArray seen = new(crowd.Size);
    private Weighted<SimulatedLink> pull = null!;
    private int sharedOn;
    private int scans;

    /// <summary>The present day, from 0.</summary>
    private int today;

    /// <summary>Openings of this hour that are not drawn yet.</summary>
    private int left;

    /// <summary>Openings that are recorded or on the agenda.</summary>
    public int Planned { get; private set; }

    /// <summary>People who have opened a link.</summary>
    public int Visitors => seen.Cast<bool>().Count(isSeen => isSeen);

    /// <summary>Opens links during an hour.</summary>
    public async Task OpenAsync(SimulatedHour hour, CancellationToken cancellationToken)
    {
        (pull, today) = (market.OpenedAt(hour.Start), hour.Day);
        var moments = new DateTimeOffset[Math.Max(0, hour.Target - Planned)];
        for (var i = 0; i < moments.Length; i++)
            moments[i] = hour.Start + dice.Between(TimeSpan.Zero, hour.End - hour.Start);
        Array.Sort(moments);
        left = moments.Length;
        foreach (var moment in moments)
        {
            await agenda.RunUntilAsync(moment);
            time.Now = moment;
            left--;
            await AddNoiseAsync(moment, cancellationToken);
            await VisitAsync(moment, cancellationToken);
        }
        await agenda.RunUntilAsync(hour.End);
    }

    /// <summary>Adds openings other than visits: wrong codes, previews by bots, and prefetches by browsers.</summary>
    private async Task AddNoiseAsync(DateTimeOffset at, CancellationToken cancellationToken)
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
            await WriteAsync(new Opening(link.Link.Attributes, ArrivalOf(link.Share.Channel, at), outcomes.Resolve(link, at).Miss ?? ClickAction.Preview, visitor), cancellationToken);
        }
        if (dice.Chance(Prefetches))
        {
            var link = pull.Pick(dice);
            var person = crowd.Person(crowd.Opener(link.Share.Sharer, dice));
            var client = link.Share.Channel.ClientOf(person, dice);
            var (route, miss) = outcomes.Resolve(link, at);
            summary.Prefetches++;
            await WriteAsync(
                new Opening(link.Link.Attributes, ArrivalOf(link.Share.Channel, at), miss ?? outcomes.ActionFor(client, route!), VisitorOf(person, client, link.Share.Channel, at) with { IsPrefetch = true }),
                cancellationToken);
        }
    }

    /// <summary>A person opens a link that leads somewhere, perhaps after others whose links led nowhere.</summary>
    private async Task VisitAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        for (var misses = 0; ; misses++)
        {
            var link = misses < MaxMissesInARow ? pull.Pick(dice) : market.First;
            var person = crowd.Person(crowd.Opener(link.Share.Sharer, dice));
            if (outcomes.Resolve(link, at).Miss is not { } miss)
            {
                Planned++;
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
            FollowUp(link, person, await OpenInAppAsync(link, person, null, at, cancellationToken), at);
            return;
        }
        var client = channel.ClientOf(person, dice);
        var action = outcomes.ActionFor(client, outcomes.Resolve(link, at).Route!);
        var visit = await PersonOpensAsync(new Opening(link.Link.Attributes, ArrivalOf(channel, at), action, VisitorOf(person, client, channel, at)), person, cancellationToken);
        FollowUp(link, person, visit, at);
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
                var gets = outcomes.ActionFor(opener, route);
                var opening = new Opening(link.Link.Attributes, ArrivalOf(channel, when), gets, VisitorOf(other, opener, channel, when)) { Earlier = visit, ReopensPage = gets == ClickAction.Page };
                await PersonOpensAsync(opening, other, cancellationToken);
            }, cancellationToken);
        }
    }

    /// <summary>Plans what a visit leads to: actions in the marketplace, and an onward share.</summary>
    private void FollowUp(SimulatedLink link, SimulatedPerson person, Task<ClickId> visit, DateTimeOffset at)
    {
        trade.Consider(person, link.Share.Listing, visit, at);
        if (sharedOn < Planned / ClicksPerOnwardShare && link.Share.Listing.IsAvailable && dice.Chance(SharesOn * link.Share.Virality))
        {
            sharedOn++;
            crowd.Join(person.Place);
            market.ShareOn(link, person.Place, today);
        }
    }

    /// <summary>Plans an opening, unless the plan has no opening left. If the link leads nowhere by then, another person opens another link.</summary>
    private void PlanOpening(SimulatedLink link, SimulatedPerson person, DateTimeOffset at, Func<DateTimeOffset, LinkTarget, Task> open, CancellationToken cancellationToken)
    {
        if (at >= plan.End || Planned + left >= plan.Clicks)
            return;
        Planned++;
        agenda.Add(at, async when =>
        {
            var (route, miss) = outcomes.Resolve(link, when);
            if (route is not null)
            {
                await open(when, route);
                return;
            }
            await MissAsync(link.Link.Attributes, miss!.Value, person, link.Share.Channel, when, cancellationToken);
            Planned--;
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
    /// The visitor of a request by the marketplace's app. The daily number is the simulation's own: visitors would otherwise be counted by their
    /// random numbers, and the estimate would differ a little from run to run.
    /// </summary>
    private Visitor AppVisitorOf(SimulatedPerson person, DateTimeOffset at) => new()
    {
        App = person.Phone switch { ClientOs.Ios or ClientOs.Ipados => "marketplace-ios", ClientOs.Harmony => "marketplace-harmony", _ => "marketplace-android" },
        Os = person.Phone.Name(),
        Hash = crowd.DailyNumber(person.Place, zone.DayOf(at).Date),
    };
}
