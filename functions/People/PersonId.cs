using System.Globalization;

namespace ShareLinks.People;

/// <summary>The random 64-bit number that stands for a person in links and clicks; erasing the person leaves a number that means nobody.</summary>
/// <remarks>Its top eight bits name the partition of <see cref="PersonTable"/> that knows it, so both directions share one.</remarks>
public readonly record struct PersonId(ulong Value)
{
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
