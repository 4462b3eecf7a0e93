using Azure.Data.Tables;
using ShareLinks.Storage;

namespace ShareLinks.WeChat;

/// <summary>The one URL Link that opens the mini program's listing page; each share link puts its own ids behind it.</summary>
/// <remarks>
/// <para>Table <c>wechat</c>, one row for each page, shared by all instances:</para>
/// <list type="table">
/// <item><term>PartitionKey</term><description>the mini program's id</description></item>
/// <item><term>RowKey</term><description>the page's path, escaped</description></item>
/// <item><term>UrlLink, MadeAt</term><description>the link and when it was made; absent before the first</description></item>
/// <item><term>AskedAt</term><description>when an instance set out to get the next one; absent once it has it</description></item>
/// </list>
/// <para>The instance that writes <c>AskedAt</c> under the row's ETag asks WeChat, the others leave it to that instance for <see cref="AskTime"/>. Clocks that differ
/// cost a call too many at worst. Thread-safe.</para>
/// </remarks>
public sealed partial class UrlLinks(MiniProgram program, WeChatApi api, StorageAccount account, TimeProvider time, ILogger<UrlLinks> logger)
{
    /// <summary>The longest that somebody waits while no link is known.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    /// <summary>The age at which a link is replaced, in the background.</summary>
    public static readonly TimeSpan RenewAfter = TimeSpan.FromDays(20);

    /// <summary>The age up to which one is given out, a day before WeChat ends it.</summary>
    public static readonly TimeSpan UsableFor = TimeSpan.FromDays(WeChatApi.UrlLinkDays - 1);

    /// <summary>How long an instance may take to get a link, its retry with another token included, and the wait after a failure.</summary>
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(30);

    /// <summary>When to look again whether another instance has got one.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Table table = account.Table("wechat");
    private readonly Pause pause = new(time);
    private readonly Lock gate = new();
    private volatile Made? current;
    private Task refreshing = Task.CompletedTask;

    /// <summary>A link that stays good for a day at least; null when there is none within <see cref="Timeout"/>.</summary>
    public async ValueTask<string?> GetAsync()
    {
        if (Current(RenewAfter) is { } fresh)
            return fresh;
        var refresh = Refresh();
        if (Current(UsableFor) is { } usable)
            return usable;
        try
        {
            await refresh.WaitAsync(Timeout, time);
        }
        catch (TimeoutException)
        {
            return null;
        }
        return Current(UsableFor);
    }

    private string? Current(TimeSpan maxAge) => current is { } made && time.GetUtcNow() - made.At < maxAge ? made.UrlLink : null;

    private Task Refresh()
    {
        lock (gate)
        {
            if (refreshing.IsCompleted && !pause.IsOn)
                refreshing = RefreshAsync();
            return refreshing;
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            var wait = await TryRefreshAsync();
            if (wait > TimeSpan.Zero)
                pause.Start(wait);
        }
        catch (Exception fault)
        {
            // Nobody may be waiting any more who could be told.
            pause.Start(AskTime);
            if (StorageFaults.IsUnavailable(fault))
                LogUnavailable(fault.Message.Split('\n')[0]);
            else
                LogFault(fault);
        }
    }

    /// <summary>Takes the link that storage has, or gets the next one; the answer is how long to wait before another try.</summary>
    private async Task<TimeSpan> TryRefreshAsync()
    {
        var (partition, rowKey) = (program.AppId!, TableKey.Escape(program.Path));
        var row = await table.GetAsync(partition, rowKey);
        var stored = row?.GetString("UrlLink") is { } url && row.GetDateTimeOffset("MadeAt") is { } at ? new Made(url, at) : null;
        if (stored is not null)
            current = stored;
        var now = time.GetUtcNow();
        if (Current(RenewAfter) is not null)
            return TimeSpan.Zero;
        if (row?.GetDateTimeOffset("AskedAt") is { } askedAt && (now - askedAt).Duration() < AskTime)
            return LookAgain;

        var mine = new TableEntity(partition, rowKey) { ["UrlLink"] = stored?.UrlLink, ["MadeAt"] = stored?.At, ["AskedAt"] = now, ETag = row?.ETag ?? default };
        if (!(row is null ? await table.InsertAsync(mine) : await table.ReplaceAsync(mine)))
            return LookAgain;
        if (await api.MakeUrlLinkAsync(program.Path) is not { } made)
            return AskTime;
        current = new Made(made, now);
        // Refused when this took so long that another instance has set out too; that one's link goes into the row, and both are good.
        await table.ReplaceAsync(new TableEntity(partition, rowKey) { ["UrlLink"] = made, ["MadeAt"] = now, ETag = mine.ETag });
        return TimeSpan.Zero;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The mini program's URL Link could not be looked up: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The mini program's URL Link could not be renewed.")]
    private partial void LogFault(Exception fault);

    private sealed record Made(string UrlLink, DateTimeOffset At);
}
