using ShareLinks.Codes;

namespace ShareLinks.Simulation;

/// <summary>What people do in the marketplace after they opened a link: install the app, sign up, ask, order, and sometimes take the order back. Not thread-safe.</summary>
internal sealed class Trade(SimulationPlan plan, Crowd crowd, Agenda agenda, Dice dice)
{
    /// <summary>The part of openings of an available listing that somebody orders after.</summary>
    public const double Orders = 0.008;

    private const double Joins = 0.002;
    private const double Chats = 0.02;
    private const double Cancellations = 0.06;
    private const double Refunds = 0.04;

    /// <summary>The part of events that still knows which click led to it.</summary>
    private const double KnowsClick = 0.85;

    private static readonly TimeSpan ChatsAfter = TimeSpan.FromMinutes(12);
    private static readonly TimeSpan OrdersAfter = TimeSpan.FromHours(3);
    private static readonly TimeSpan RegretsAfter = TimeSpan.FromHours(20);

    private List<(SimulatedEvent Event, Task<ClickId>? Click)> happened = [];
    private int number;

    /// <summary>What has happened since the last call, in the order of its time, each with the click that it is to name.</summary>
    public IReadOnlyList<(SimulatedEvent Event, Task<ClickId>? Click)> TakeHappened()
    {
        var taken = happened;
        happened = [];
        return taken;
    }

    /// <summary>Plans what a person will do who opened a link to a listing.</summary>
    public void Consider(SimulatedPerson person, SimulatedListing listing, Task<ClickId> click, DateTimeOffset at)
    {
        var named = dice.Chance(KnowsClick) ? click : null;
        if (!crowd.HasApp(person.Place) && dice.Chance(Joins))
        {
            var installed = at + dice.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
            Plan(installed, when => Happen(new(SimulatedEvent.Install, NewId(SimulatedEvent.Install), when, null, null, person.Cookie, listing.Id), named));
            Plan(installed + dice.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30)), when =>
            {
                crowd.Join(person.Place);
                Happen(new(SimulatedEvent.Signup, NewId(SimulatedEvent.Signup), when, Crowd.UserId(person.Place), null, person.Cookie, listing.Id), named);
            });
        }
        if (!listing.IsAvailable)
            return;
        if (dice.Chance(Chats))
            Plan(at + dice.LogNormal(ChatsAfter, 1.4), when => Happen(new(SimulatedEvent.Chat, NewId(SimulatedEvent.Chat), when, Joined(person), null, person.Cookie, listing.Id), named));
        if (dice.Chance(Orders))
            Plan(at + dice.LogNormal(OrdersAfter, 1.6), when => Order(person, listing, named, when));
    }

    private void Order(SimulatedPerson person, SimulatedListing listing, Task<ClickId>? click, DateTimeOffset at)
    {
        if (!listing.IsAvailable || listing.Stock == 0)
            return;
        if (--listing.Stock == 0)
            listing.SoldOutAt = at;
        var value = Goods.Round((double)listing.Price * dice.Between(0.88, 1));
        var order = new SimulatedEvent(SimulatedEvent.Order, NewId(SimulatedEvent.Order), at, Joined(person), null, person.Cookie, listing.Id, value, "CNY");
        Happen(order, click);
        var (isCancelled, isRefunded) = (dice.Chance(Cancellations), dice.Chance(Refunds));
        if (isCancelled || isRefunded)
        {
            decimal? refunded = isCancelled ? null : dice.Chance(0.7) ? value : Goods.Round((double)value / 2);
            Plan(at + dice.LogNormal(RegretsAfter, 0.8) * (isCancelled ? 1 : 4), when => Happen(order with { OccurredAt = when, IsCancelled = true, RefundedValue = refunded }, click));
        }
    }

    /// <summary>The user id of somebody who needs an account for it.</summary>
    private string Joined(SimulatedPerson person)
    {
        crowd.Join(person.Place);
        return Crowd.UserId(person.Place);
    }

    private string NewId(string type) => $"sim-{plan.Seed}-{type}-{++number}";

    private void Plan(DateTimeOffset at, Action<DateTimeOffset> action)
    {
        if (at >= plan.End)
            return;
        agenda.Add(at, when =>
        {
            action(when);
            return Task.CompletedTask;
        });
    }

    private void Happen(SimulatedEvent happening, Task<ClickId>? click) => happened.Add((happening, click));
}
