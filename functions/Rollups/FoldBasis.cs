namespace ShareLinks.Rollups;

/// <summary>By what clicks are counted: it can't change within a generation of statistics, since every process must count alike.</summary>
/// <param name="Zone">The reporting time zone's name.</param>
/// <param name="Tags">The tags that are subjects, in order, by comma.</param>
internal sealed record FoldBasis(string Zone, string Tags)
{
    public static FoldBasis Of(FoldState state) => new(state.Zone, state.Tags);

    /// <exception cref="FoldBasisException">The statistics in storage count by another basis.</exception>
    public void Ensure(FoldState state)
    {
        if (Of(state) == this)
            return;
        throw new FoldBasisException(
            $"The statistics count by time zone {state.Zone} and tags [{state.Tags}], the configuration says {Zone} and [{Tags}]: "
            + "set ShareLinks:ReportingTimeZone and ReportedTags back, or count anew with `fold --rebuild`.");
    }

    public IReadOnlyList<string> TagNames => Tags.Split(',', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The statistics in storage count by another basis than this process is set to.</summary>
public sealed class FoldBasisException(string message) : Exception(message);
