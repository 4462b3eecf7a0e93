namespace ShareLinks.Posters;

/// <summary>A paper to print posters on. The pages' style sheets lay them out around symbols of this size.</summary>
/// <param name="Name">As in addresses, and its style sheet's name.</param>
/// <param name="SymbolMillimetres">A symbol's side, without its quiet zone.</param>
/// <param name="QuietMillimetres">What is left free around it.</param>
/// <param name="PerPage">Posters on a page.</param>
/// <param name="DistanceMetres">From how far people scan it, unless the batch names another distance.</param>
public sealed record PosterPaper(string Name, double SymbolMillimetres, double QuietMillimetres, int PerPage, double DistanceMetres)
{
    /// <summary>The papers there are: posters of a page each, and sheets of 3 × 8 stickers of 70 × 37 mm.</summary>
    public static IReadOnlyList<PosterPaper> All { get; } = [new("a4", 150, 21, 1, 1.5), new("a5", 100, 14, 1, 1), new("stickers", 24, 3.5, 24, 0.2)];

    public static PosterPaper Default => All[0];

    public static PosterPaper? Find(string? name) => All.FirstOrDefault(paper => paper.Name == name);
}
