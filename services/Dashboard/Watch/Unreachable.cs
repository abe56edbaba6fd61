using System.Net.Sockets;
using System.Text.Json;

namespace EventDriven.Dashboard.Watch;

/// <summary>A service that does not answer is something to show, not a failure of the dashboard.</summary>
internal static class Unreachable
{
    public static bool Is(Exception e, CancellationToken ct) =>
        e is HttpRequestException or JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested);

    public static string Why(Exception e) => e switch
    {
        HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => "nothing listens at its address",
        HttpRequestException { StatusCode: { } status } => $"its control endpoint answers {(int)status}",
        OperationCanceledException => "no answer in time",
        JsonException => "its answer is not understood",
        _ => e.Message,
    };
}
