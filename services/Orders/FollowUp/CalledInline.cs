using EventDriven.Log;
using EventDriven.Messaging.Direct;
using EventDriven.Orders.Resolve;

namespace EventDriven.Orders.FollowUp;

/// <summary>
/// The synchronous rival, for experiments and benchmarks only: Orders knows who has to hear of an order, calls all of them at once, and the
/// client waits for the slowest. It is as careful as the other: each call is repeated for as long as there is time, has its effect once, and
/// what did not come through in time is no answer to the client and is brought later by the resolver.
/// </summary>
internal sealed partial class CalledInline(
    IHttpClientFactory clients, DirectMessages messages, EventLog log, PendingOrders pending, ILogger<CalledInline> logger) : IFollowUp
{
    private const long PlacedVersion = 1;

    public static IReadOnlyList<string> Services { get; } = ["email", "recommendations", "fulfilment"];

    public async Task<bool> Complete(StreamName order, CancellationToken ct)
    {
        var placed = (await log.Reader.Stream(order, PlacedVersion, limit: 1, ct))[0];
        var came = await Task.WhenAll(Services.Select(service => Bring(service, placed, ct)));
        if (Array.Exists(came, it => !it))
            return false;
        await pending.Forget(order.Id, CancellationToken.None);
        return true;
    }

    private async Task<bool> Bring(string service, RecordedEvent placed, CancellationToken ct)
    {
        using var request = messages.Bring(placed);
        try
        {
            using var client = clients.CreateClient(service);
            using var response = await client.SendAsync(request, ct);
            response.EnsureSuccessStatusCode();
            return true;
        }
        catch (Exception failure) when (Unanswered.Is(failure))
        {
            NotBrought(service, placed.Stream, failure.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Service} did not take in that {Order} was placed; it is brought again: {Reason}")]
    private partial void NotBrought(string service, string order, string reason);
}
