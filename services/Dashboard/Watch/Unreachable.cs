using System.Text.Json;

namespace EventDriven.Dashboard.Watch;

/// <summary>A service that does not answer is something to show, not a failure of the dashboard.</summary>
internal static class Unreachable
{
    public static bool Is(Exception e, CancellationToken ct) =>
        e is HttpRequestException or JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested);

    public static string Why(Exception e) => e switch
    {
        HttpRequestException { StatusCode: { } status } => $"its control endpoint answers {(int)status}",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "nothing listens at its address",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => "it hangs up",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its address is unknown",
        OperationCanceledException => "no answer in time",
        JsonException => "its answer is not understood",
        _ => e.Message,
    };
}
