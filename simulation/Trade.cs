using ShareLinks.Codes;

namespace ShareLinks.Simulation;

/// <summary>What people do in the marketplace after they open a link: install the app, sign up, chat, order, and sometimes cancel the order. Not thread-safe.</summary>
internal sealed class Trade(SimulationPlan plan, Crowd crowd, Agenda agenda, Dice dice)
{
    /// <summary>The fraction of openings of an available listing that lead to an order.</summary>
    public const double Orders = 0.008;

    private const double Joins = 0.002;
    private const double Chats = 0.02;
    private const double Cancellations = 0.06;
    private const double Refunds = 0.04;

    /// <summary>The fraction of events that name the click that led to them.</summary>
    private const double KnowsClick = 0.85;

    private static readonly TimeSpan ChatsAfter = TimeSpan.FromMinutes(12);
    private static readonly TimeSpan OrdersAfter = TimeSpan.FromHours(3);
    private static readonly TimeSpan CancelsAfter = TimeSpan.FromHours(20);

    private List<(SimulatedEvent Event, Task<ClickId>? Click)> events = [];
    private int number;

    /// <summary>The events since the last call in the order of their time, each with the click that it names.</summary>
    public IReadOnlyList<(SimulatedEvent Event, Task<ClickId>? Click)> TakeEvents()
    {
        var taken = events;
        events = [];
        return taken;
    }

    /// <summary>Plans what a person does after an opening of a listing's link.</summary>
    public void Consider(SimulatedPerson person, SimulatedListing listing, Task<ClickId> click, DateTimeOffset at)
    {
        var named = dice.Chance(KnowsClick) ? click : null;
        if (!crowd.HasApp(person.Place) && dice.Chance(Joins))
        {
            var installed = at + dice.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
            Plan(installed, when => AddEvent(new(SimulatedEvent.Install, NewId(SimulatedEvent.Install), when, null, null, person.Cookie, listing.Id), named));
            Plan(installed + dice.Between(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(30)), when =>
            {
                crowd.Join(person.Place);
                AddEvent(new(SimulatedEvent.Signup, NewId(SimulatedEvent.Signup), when, Crowd.UserId(person.Place), null, person.Cookie, listing.Id), named);
            });
        }
        if (!listing.IsAvailable)
            return;
        if (dice.Chance(Chats))
            Plan(at + dice.LogNormal(ChatsAfter, 1.4), when => AddEvent(new(SimulatedEvent.Chat, NewId(SimulatedEvent.Chat), when, Joined(person), null, person.Cookie, listing.Id), named));
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
        AddEvent(order, click);
        var (isCancelled, isRefunded) = (dice.Chance(Cancellations), dice.Chance(Refunds));
        if (isCancelled || isRefunded)
        {
            decimal? refunded = isCancelled ? null : dice.Chance(0.7) ? value : Goods.Round((double)value / 2);
            Plan(at + dice.LogNormal(CancelsAfter, 0.8) * (isCancelled ? 1 : 4), when => AddEvent(order with { OccurredAt = when, IsCancelled = true, RefundedValue = refunded }, click));
        }
    }

    /// <summary>The user id of a person, who gets an account for it.</summary>
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

    private void AddEvent(SimulatedEvent marketEvent, Task<ClickId>? click) => events.Add((marketEvent, click));
}
