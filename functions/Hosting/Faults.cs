using ShareLinks.Clicks;
using ShareLinks.Http;
using ShareLinks.Links;
using ShareLinks.Resolving;
using ShareLinks.Rollups;
using ShareLinks.Storage;

namespace ShareLinks.Hosting;

/// <summary>Answers for requests that no endpoint answered: faults, unknown addresses, refused methods.</summary>
public sealed partial class Faults(RequestDelegate next, IHostApplicationLifetime lifetime, PublicAddress own, ILogger<Faults> logger)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer.
            if (!http.Response.HasStarted)
                http.Response.StatusCode = ClientClosedRequest;
            return;
        }
        catch (Exception) when (http.Response.HasStarted)
        {
            // Nobody may take a part of an answer for the whole, and behind the Functions host what is merely left off would look complete.
            http.Abort();
            throw;
        }
        catch (BadHttpRequestException fault)
        {
            await JsonBody.Of(fault).WriteAsync(http);
            return;
        }
        catch (Exception fault)
        {
            await AnswerAsync(http, fault);
            return;
        }
        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null })
            await ExplainAsync(http);
    }

    private Task AnswerAsync(HttpContext http, Exception fault)
    {
        http.Response.Clear();
        SecurityHeaders.Set(http);
        if (fault is OperationCanceledException && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            http.Response.Headers.RetryAfter = "1";
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "stopping", "This instance is about to stop; try again.").WriteAsync(http);
        }
        if (fault is PastRetentionException)
        {
            http.Response.Headers.RetryAfter = "1";
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "past_retention", "The clicks that this answer needs went past retention meanwhile; try again.").WriteAsync(http);
        }
        if (fault is FoldBasisException)
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "statistics_changed", fault.Message).WriteAsync(http);
        if (!StorageFaults.IsUnavailable(fault))
        {
            LogFault(http.TraceIdentifier, fault);
            if (fault is DamagedRowException)
                return Problem.Of(StatusCodes.Status500InternalServerError, "damaged_row", "A row that the answer needs is damaged; the request id names it in the logs.").WriteAsync(http);
            return Problem.Of(StatusCodes.Status500InternalServerError, "internal_error", "Something went wrong here; the request id names it in the logs.").WriteAsync(http);
        }
        LogUnavailable(http.TraceIdentifier, fault.Message.Split('\n')[0]);
        http.Response.Headers.RetryAfter = "1";
        return VisitorHeaders.WantsHtml(http.Request.Headers)
            ? Pages.UnavailableAsync(http)
            : Problem.Of(StatusCodes.Status503ServiceUnavailable, "storage_unavailable", "Storage does not answer right now; try again.").WriteAsync(http);
    }

    private Task ExplainAsync(HttpContext http)
    {
        var status = http.Response.StatusCode;
        return status switch
        {
            StatusCodes.Status404NotFound when VisitorHeaders.WantsHtml(http.Request.Headers) => Pages.UnknownAsync(http, own.Url(http.Request.Path.Value ?? "")),
            StatusCodes.Status404NotFound => Problem.NotFound("There is nothing at this address.").WriteAsync(http),
            StatusCodes.Status405MethodNotAllowed => Problem.Of(status, "method_not_allowed", $"This address takes {http.Response.Headers.Allow}.").WriteAsync(http),
            StatusCodes.Status415UnsupportedMediaType => Problem.Of(status, "unsupported_media_type", "Send the body as application/json in UTF-8.").WriteAsync(http),
            _ => Problem.Of(status, "bad_request", "The request can't be served.").WriteAsync(http),
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed.")]
    private partial void LogFault(string requestId, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId} found storage unavailable: {Reason}")]
    private partial void LogUnavailable(string requestId, string reason);
}
