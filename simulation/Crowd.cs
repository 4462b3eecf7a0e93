using ShareLinks.People;
using ShareLinks.Resolving;

namespace ShareLinks.Simulation;

/// <summary>The people of a history. The seed and a person's place determine the person, so only sign-ups are kept in memory.</summary>
/// <remarks>The first places are the sharers. Not thread-safe.</remarks>
internal sealed class Crowd
{
    private const int ClicksPerPerson = 6;
    private const int MinSize = 60;

    /// <summary>The fraction of people other than sharers who have the app from the start.</summary>
    private const double AppUsers = 0.3;

    /// <summary>Storage keeps rows for each app user, so a large history has more people but not more app users.</summary>
    private const int MaxAppUsers = 6000;

    private readonly ulong seed;
    private readonly int sharers;
    private readonly double appUsers;
    private readonly HashSet<int> joined = [];

    public Crowd(SimulationPlan plan, Dice dice)
    {
        (seed, sharers) = ((ulong)dice.Next(int.MaxValue), plan.Sharers);
        Size = Math.Max(MinSize, plan.Clicks / ClicksPerPerson) + plan.Sharers;
        Circle = Math.Max(20, Size / 60);
        appUsers = Math.Min(AppUsers, (double)MaxAppUsers / Size);
    }

    public int Size { get; }

    /// <summary>The number of people in a sharer's circle.</summary>
    public int Circle { get; }

    public SimulatedPerson Person(int place)
    {
        var bits = Mix(seed, (ulong)place);
        var country = CountryOf(Part(bits, 0));
        return new SimulatedPerson(
            place,
            Part(bits, 8) switch { < 66 => ClientOs.Ios, < 72 => ClientOs.Ipados, < 88 => ClientOs.Harmony, _ => ClientOs.Android },
            Part(bits, 16) switch { < 190 => ClientOs.Windows, < 245 => ClientOs.Macos, _ => ClientOs.Linux },
            country,
            country switch { "HK" or "TW" => "zh-TW", "US" or "SG" or "JP" when Part(bits, 24) < 150 => "en-US", _ => "zh-CN" },
            Part(bits, 32) < 70 ? Mix(bits, 1) : null);
    }

    /// <summary>Picks who opens a sharer's link: mostly people of the sharer's circle, some of them more often than others.</summary>
    public int Opener(int sharer, Dice dice)
    {
        if (!dice.Chance(0.7))
            return dice.NextLow(Size);
        var first = (int)(Mix(seed, ~(ulong)sharer) % (ulong)Size);
        return (first + dice.NextLow(Circle)) % Size;
    }

    /// <summary>The marketplace's id of a person.</summary>
    public static string UserId(int place) => $"sim-user-{place + 1}";

    /// <summary>Whether a person has an account and the app.</summary>
    public bool HasApp(int place) => place < sharers || joined.Contains(place) || Mix(seed, (ulong)place + 0x5EED) / (double)ulong.MaxValue < appUsers;

    /// <summary>Gives a person an account and the app.</summary>
    public void Join(int place) => joined.Add(place);

    /// <summary>The daily number of a person, from 1 up to <see cref="VisitorHashes.Limit"/>.</summary>
    public long DailyNumber(int place, DateOnly day) => 1 + (long)(Mix(Mix(seed, (ulong)place), (ulong)day.DayNumber) % (VisitorHashes.Limit - 1));

    private static int Part(ulong bits, int from) => (int)(bits >> from & 0xff);

    private static string? CountryOf(int part) => part switch { < 246 => "CN", < 249 => "HK", < 251 => "US", 251 => "SG", 252 => "TW", 253 => "JP", _ => null };

    /// <summary>SplitMix64's last step (Steele, Lea and Flood, 2014).</summary>
    private static ulong Mix(ulong seed, ulong number)
    {
        var mixed = seed + (number + 1) * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
        return mixed ^ mixed >> 31;
    }
}

/// <summary>A person who opens links.</summary>
/// <param name="Place">The person's place in the crowd, from 0.</param>
/// <param name="Phone">The phone's operating system.</param>
/// <param name="Computer">The computer's operating system.</param>
/// <param name="Country">Null when unknown.</param>
/// <param name="Language">The browser's first language.</param>
/// <param name="Cookie">The visitor id of the cookie; null for most people.</param>
internal readonly record struct SimulatedPerson(int Place, ClientOs Phone, ClientOs Computer, string? Country, string Language, ulong? Cookie);
