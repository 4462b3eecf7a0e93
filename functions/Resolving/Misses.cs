using ShareLinks.Clicks;
using ShareLinks.Http;

namespace ShareLinks.Resolving;

/// <summary>What programs are told when a code leads nowhere.</summary>
internal static class Misses
{
    /// <param name="miss">Null when there was no code at all.</param>
    public static Problem ProblemOf(Resolution.Miss? miss) => miss?.Action switch
    {
        ClickAction.MissExpired => Problem.Of(StatusCodes.Status410Gone, "link_expired", "The link has expired."),
        ClickAction.MissDisabled => Problem.Of(StatusCodes.Status410Gone, "link_disabled", "The link is switched off."),
        ClickAction.MissRemoved => Problem.Of(StatusCodes.Status410Gone, "listing_removed", "The listing is gone and nothing stands in for it."),
        _ => Problem.Of(StatusCodes.Status404NotFound, "link_unknown", "There is no link with this code or alias."),
    };

    public static Problem NoCodeInText { get; } = Problem.Of(StatusCodes.Status404NotFound, "no_code_in_text", "The text holds no code of this service's.");

    public static Problem TextTooLong { get; } = Problem.Of(
        StatusCodes.Status413PayloadTooLarge, "text_too_long", $"The text may have at most {Codes.CodeScanner.MaxBytes} bytes in UTF-8.");
}
