using System.Runtime.InteropServices;

namespace ShareLinks.Attribution;

/// <summary>Sums up the credit for many conversions by one model.</summary>
/// <remarks>
/// All models but Markov divide each conversion, and its value, by <see cref="TouchWeights"/>. Markov gives each key its share of the removal
/// effects, of all conversions and of the value in each currency alike. Memory grows with the keys, not with the conversions. Not thread-safe.
/// </remarks>
internal sealed class CreditTally
{
    private readonly AttributionModel model;
    private readonly TimeSpan halfLife;
    private readonly MarkovChain? chain;
    private readonly Dictionary<string, KeyTally> keys = new(StringComparer.Ordinal);
    private readonly KeyTally attributed = new();
    private readonly KeyTally unattributed = new();

    /// <param name="model">Any.</param>
    /// <param name="halfLife">The age at which a touch counts half, above 0; only time decay looks at it.</param>
    public CreditTally(AttributionModel model, TimeSpan halfLife)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(halfLife, TimeSpan.Zero);
        (this.model, this.halfLife) = (model, halfLife);
        chain = model.WeighsTouches() ? null : new MarkovChain();
    }

    /// <summary>Adds a conversion.</summary>
    /// <param name="path">The conversion and its touches.</param>
    /// <param name="currency">What its value is counted in; null when it has none.</param>
    /// <param name="value">Its value in the currency's unit.</param>
    public void Add(ConversionPath path, string? currency = null, decimal value = 0)
    {
        var touches = path.Touches;
        if (touches.Count == 0)
        {
            unattributed.Add(1, currency, value);
            return;
        }
        attributed.Add(1, currency, value);
        if (chain is not null)
        {
            chain.Add(touches.Select(touch => touch.Key), 1, 0);
            return;
        }
        var weights = TouchWeights.Of(model, path, halfLife);
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
                TallyOf(touches[i].Key).Add(weights[i], currency, (decimal)weights[i] * value);
        }
    }

    /// <summary>Adds journeys that ended without a conversion, which only Markov looks at.</summary>
    /// <param name="keys">The keys of their touches, in order.</param>
    /// <param name="journeys">How many went this way.</param>
    public void AddUnconverted(IEnumerable<string> keys, long journeys = 1) => chain?.Add(keys, 0, journeys);

    /// <summary>The credits of all that was added. Call it once, after the last.</summary>
    public Credits ToCredits()
    {
        var all = new KeyTally();
        all.AddPart(1, attributed);
        all.AddPart(1, unattributed);
        return new Credits(
            (long)all.Conversions, all.Value, (long)unattributed.Conversions, unattributed.Value,
            [.. Tallies()
                .Where(entry => entry.Tally.Conversions > 0)
                .OrderByDescending(entry => entry.Tally.Conversions)
                .ThenBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => new CreditRow(entry.Key, entry.Tally.Conversions, entry.Tally.Value, entry.Tally.Conversions / attributed.Conversions))]);
    }

    private IEnumerable<(string Key, KeyTally Tally)> Tallies()
    {
        if (chain is null)
            return keys.Select(entry => (entry.Key, entry.Value));
        return chain.Solve().Select(effect =>
        {
            var tally = new KeyTally();
            tally.AddPart(effect.Share, attributed);
            return (effect.Key, tally);
        });
    }

    private KeyTally TallyOf(string key)
    {
        ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(keys, key, out _);
        return tally ??= new KeyTally();
    }

    private sealed class KeyTally
    {
        private readonly Dictionary<string, decimal> value = new(StringComparer.Ordinal);

        public double Conversions { get; private set; }

        public IReadOnlyDictionary<string, decimal> Value => value;

        public void Add(double conversions, string? currency, decimal amount)
        {
            Conversions += conversions;
            if (currency is not null)
                CollectionsMarshal.GetValueRefOrAddDefault(value, currency, out _) += amount;
        }

        public void AddPart(double part, KeyTally whole)
        {
            Conversions += part * whole.Conversions;
            foreach (var (currency, amount) in whole.value)
                CollectionsMarshal.GetValueRefOrAddDefault(value, currency, out _) += (decimal)part * amount;
        }
    }
}
