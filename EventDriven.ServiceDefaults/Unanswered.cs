using System.Text.Json;
using Polly;

namespace Microsoft.Extensions.Hosting;

/// <summary>Tells a call without an answer from a fault of the caller.</summary>
public static class Unanswered
{
    /// <summary>
    /// The other side could not be reached, took too long, broke off, or said something that is no answer: whether it has done what it was
    /// asked for is not known.
    /// </summary>
    public static bool Is(Exception failure) =>
        failure is HttpRequestException or IOException or ExecutionRejectedException or OperationCanceledException or JsonException;
}
