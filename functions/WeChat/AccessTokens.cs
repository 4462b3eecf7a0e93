namespace ShareLinks.WeChat;

/// <summary>Keeps the access token that calls are made with. Thread-safe.</summary>
/// <remarks>However many ask, one request is under way at a time, and nobody's cancellation ends it for the others.</remarks>
/// <param name="ask">Asks WeChat for a token; null when it gives none right now.</param>
/// <param name="time">The clock that lifetimes are measured by.</param>
internal sealed class AccessTokens(Func<Task<GrantedToken?>> ask, TimeProvider time)
{
    /// <summary>How long before its end a token is replaced.</summary>
    /// <remarks>WeChat hands out the next one in the last five minutes only and keeps the old one good meanwhile, so asking any earlier gives the same token again.</remarks>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(4);

    private readonly Lock gate = new();
    private Held? held;
    private Task<string?>? asking;

    /// <summary>A token; null when there is none to be had right now.</summary>
    public Task<string?> GetAsync()
    {
        lock (gate)
        {
            if (held is not null && time.GetElapsedTime(held.Since) < held.Lifetime)
                return Task.FromResult<string?>(held.Token);
            if (asking is null || asking.IsCompleted)
                asking = AskAsync();
            return asking;
        }
    }

    /// <summary>WeChat did not take this token: the next <see cref="GetAsync"/> asks for another, unless somebody has by then.</summary>
    public void Drop(string token)
    {
        lock (gate)
        {
            if (held?.Token == token)
                held = null;
        }
    }

    private async Task<string?> AskAsync()
    {
        var since = time.GetTimestamp();
        if (await ask() is not { } granted)
            return null;
        var lifetime = granted.Lifetime - Margin;
        lock (gate)
            held = new Held(granted.Token, since, lifetime > granted.Lifetime / 2 ? lifetime : granted.Lifetime / 2);
        return granted.Token;
    }

    private sealed record Held(string Token, long Since, TimeSpan Lifetime);
}

/// <param name="Token">The token.</param>
/// <param name="Lifetime">How long it is good from now on.</param>
internal sealed record GrantedToken(string Token, TimeSpan Lifetime);
