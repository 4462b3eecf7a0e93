namespace ShareLinks.Http;

/// <summary>Sequences that are read as they are answered with.</summary>
internal static class AsyncSequences
{
    /// <summary>
    /// Reads the first value before it gives the sequence, so that a fault up to there can still be answered in words: an answer that has begun can only
    /// break off.
    /// </summary>
    public static async Task<IAsyncEnumerable<T>> BeginAsync<T>(this IAsyncEnumerable<T> values, CancellationToken cancellationToken)
    {
        var reader = values.GetAsyncEnumerator(cancellationToken);
        try
        {
            return RestAsync(reader, await reader.MoveNextAsync());
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    private static async IAsyncEnumerable<T> RestAsync<T>(IAsyncEnumerator<T> reader, bool hasValue)
    {
        await using (reader)
        {
            for (; hasValue; hasValue = await reader.MoveNextAsync())
                yield return reader.Current;
        }
    }
}
