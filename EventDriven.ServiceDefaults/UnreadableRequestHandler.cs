using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace EventDriven.ServiceDefaults;

/// <summary>Says to the client what in its request could not be read.</summary>
internal sealed class UnreadableRequestHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken ct)
    {
        if (exception is not BadHttpRequestException unreadable)
            return false;

        await TypedResults.Problem(statusCode: unreadable.StatusCode, detail: Explain(unreadable)).ExecuteAsync(context);
        return true;
    }

    private static string? Explain(BadHttpRequestException unreadable) => unreadable switch
    {
        { StatusCode: not StatusCodes.Status400BadRequest } => null,
        { InnerException: JsonException json } => Explain(json),
        _ when unreadable.Message.Contains("body", StringComparison.Ordinal) => "This call needs a JSON body.",
        _ => unreadable.Message,
    };

    // The serializer's own sentence names CLR types; only the part about missing properties helps a client.
    private static string Explain(JsonException json)
    {
        var missing = json.Message.IndexOf("missing required properties", StringComparison.Ordinal);
        return missing >= 0
            ? $"The body is {json.Message[missing..]}"
            : $"The body is not the JSON that this call takes: see {json.Path ?? "$"}, line {json.LineNumber + 1}, byte {json.BytePositionInLine}.";
    }
}
