namespace ShareLinks.Attribution;

/// <summary>How many conversions each user brings by sharing: sharing sustains itself above 1.</summary>
/// <param name="Users">Different people who could have shared: who opened a link of the tree or shared one, each once.</param>
/// <param name="Shares">Links that they made: those below the root.</param>
/// <param name="Conversions">Conversions that came by those shares: of the links below the root, not of the root itself.</param>
/// <remarks>All from 0. A ratio to 0 is 0.</remarks>
internal readonly record struct KFactor(long Users, long Shares, long Conversions)
{
    public double SharesPerUser => Users == 0 ? 0 : (double)Shares / Users;

    public double ConversionsPerShare => Shares == 0 ? 0 : (double)Conversions / Shares;

    /// <summary>K = shares per user × conversions per share.</summary>
    public double Value => SharesPerUser * ConversionsPerShare;
}
