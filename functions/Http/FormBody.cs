namespace ShareLinks.Http;

/// <summary>Reads request bodies that are forms, and says what is wrong with one that is none.</summary>
public static class FormBody
{
    /// <summary>The form, or the problem with it.</summary>
    public static async Task<(IFormCollection? Form, Problem? Problem)> ReadAsync(HttpRequest request)
    {
        if (!request.HasFormContentType)
            return (null, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send the body as a form."));
        try
        {
            return (await request.ReadFormAsync(request.HttpContext.RequestAborted), null);
        }
        catch (BadHttpRequestException fault)
        {
            return (null, JsonBody.Of(fault));
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            // A part without its end is an IOException; the body's own faults are told by the server.
            return (null, Problem.Of(StatusCodes.Status400BadRequest, "invalid_request", "The body is not a well-formed form."));
        }
    }
}
