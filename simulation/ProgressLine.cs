using System.Globalization;

namespace ShareLinks.Simulation;

/// <summary>Shows progress: on a terminal as one line that is rewritten, elsewhere as a line for each tenth. Not thread-safe.</summary>
internal sealed class ProgressLine(TextWriter output, bool isTerminal)
{
    private const int Width = 30;

    /// <summary>Erases the rest of a longer text.</summary>
    private const string EraseToEnd = "\u001b[K";

    private int shown = -1;

    /// <param name="done">From 0 to 1.</param>
    /// <param name="text">The text behind the bar.</param>
    public void Show(double done, string text)
    {
        var percent = (int)(100 * done);
        if (percent == shown || (!isTerminal && percent / 10 == shown / 10 && shown >= 0))
            return;
        shown = percent;
        var filled = (int)(Width * done);
        if (isTerminal)
            output.Write($"\r{new string('█', filled)}{new string('░', Width - filled)} {percent.ToString(CultureInfo.InvariantCulture),3} %  {text}{EraseToEnd}");
        else
            output.WriteLine($"{percent.ToString(CultureInfo.InvariantCulture),3} %  {text}");
    }

    /// <summary>Ends the line.</summary>
    public void End()
    {
        if (isTerminal && shown >= 0)
            output.WriteLine();
    }
}
