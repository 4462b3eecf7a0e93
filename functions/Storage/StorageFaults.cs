using Azure;
using Azure.Identity;

namespace ShareLinks.Storage;

/// <summary>Tells storage that is away, busy or closed to this app from faults that trying again would not mend.</summary>
public static class StorageFaults
{
    public static bool IsUnavailable(Exception fault) => fault switch
    {
        // 401 and 403: the app's role was taken away, which somebody gives back; until then it is as if storage were away.
        RequestFailedException request => request.Status is 0 or 401 or 403 or 408 or 429 or >= 500,
        AggregateException several => several.InnerExceptions.All(IsUnavailable),
        // Nobody is signed in on this machine, which waiting does not mend.
        CredentialUnavailableException => false,
        AuthenticationFailedException => true,
        // Not every IOException: a request's broken body or a full disk is none of storage's. Those of its connections are made requests that failed.
        HttpRequestException or TimeoutException => true,
        // The client's own time limit for one try; a caller who gave up is told apart by the caller's token.
        TaskCanceledException => true,
        _ => false,
    };
}
