using Microsoft.Extensions.Time.Testing;
using ShareLinks.Tests.Support;

namespace ShareLinks.Tests.Hosting;

/// <summary>What an app does that nobody uses.</summary>
public class IdleTests(Azurite azurite)
{
    [Fact]
    public async Task An_idle_app_sets_no_timer_off_and_asks_storage_for_nothing_between_two_folds()
    {
        var time = new CountingTime();
        await using var app = await TestApp.StartAsync(azurite, services: services => services.AddSingleton<TimeProvider>(time));
        Assert.Equal(System.Net.HttpStatusCode.Found, (await app.Client.GetAsync("/" + await app.MintCodeAsync())).StatusCode);
        // What the click has begun ends: its deadline, what is written behind its answer.
        time.Advance(TimeSpan.FromMinutes(1));
        await app.ReadFeedAsync();

        time.Callbacks = 0;
        app.Storage.Reset();
        for (var second = 0; second < 3600; second++)
            time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (time.Callbacks, app.Storage.Count));
    }

    /// <summary>A clock that stands still, and counts how often a timer goes off.</summary>
    private sealed class CountingTime() : FakeTimeProvider(System.GetUtcNow())
    {
        private int callbacks;

        public int Callbacks
        {
            get => Volatile.Read(ref callbacks);
            set => Volatile.Write(ref callbacks, value);
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            value =>
            {
                Interlocked.Increment(ref callbacks);
                callback(value);
            },
            state, dueTime, period);
    }
}
