using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ShareLinks.Resolving;

/// <summary>HTML. Whatever is interpolated into it is encoded, unless it is markup itself, so no page can forget to.</summary>
internal readonly record struct Markup(string Html)
{
    public static Markup None { get; } = new("");

    public static Markup Of(MarkupInterpolation html) => new(html.ToString());

    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts.Select(part => part.Html)));

    public override string ToString() => Html ?? "";
}

/// <summary>Builds <see cref="Markup"/> from an interpolated string.</summary>
[InterpolatedStringHandler]
internal readonly ref struct MarkupInterpolation
{
    /// <summary>Chinese stays readable, and short.</summary>
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder html;

    public MarkupInterpolation(int literalLength, int formattedCount) => html = new StringBuilder(literalLength + 32 * formattedCount);

    public void AppendLiteral(string text) => html.Append(text);

    public void AppendFormatted(string? text) => html.Append(text is null ? null : Encoder.Encode(text));

    public void AppendFormatted(int number) => html.Append(CultureInfo.InvariantCulture, $"{number}");

    public void AppendFormatted(Markup markup) => html.Append(markup.Html);

    public override string ToString() => html.ToString();
}
