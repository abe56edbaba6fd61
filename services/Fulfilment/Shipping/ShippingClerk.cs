using EventDriven.Contracts.Fulfilment;
using EventDriven.Log;
using EventDriven.Log.Database;
using Microsoft.Extensions.Options;

namespace EventDriven.Fulfilment.Shipping;

/// <summary>
/// Looks at the orders whose timers are up, and ships them or says that they are stalled. What it says and its timers go in one
/// transaction, so a crash at any point leaves a timer or a result. Should several replicas decide about one order all the same, the version of
/// its stream lets one of them through.
/// </summary>
internal sealed partial class ShippingClerk(
    DueOrders timers, EventLog log, Bell bell, StalledOrders stalled, IOptions<FulfilmentOptions> options, TimeProvider clock, ILogger<ShippingClerk> logger)
    : BackgroundService
{
    private const int BatchSize = 500;

    // The bell rings before the commit it tells of, so the first look may be too early: the pauses double until it is quiet.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20), Longest = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Shortest;
        while (!stoppingToken.IsCancellationRequested)
        {
            var look = await TryLook(stoppingToken);
            if (look is { Timers: BatchSize })
                continue; // there is more
            pause = look is { Due.Count: > 0 } ? Shortest : pause * 2 < Longest ? pause * 2 : Longest;
            if (await bell.Wait(UntilNext(look, pause), clock, stoppingToken))
                pause = Shortest;
        }
    }

    private static TimeSpan UntilNext(Look? look, TimeSpan pause) =>
        look?.NextDue - look?.Now is { } due && due < pause ? (due > Shortest ? due : Shortest) : pause;

    /// <summary>Null when the database is away: nothing is lost, the timers stay.</summary>
    private async Task<Look?> TryLook(CancellationToken ct)
    {
        try
        {
            var look = await timers.Look(BatchSize, ct);
            stalled.Count = look.Stalled;
            var decided = look.Due.Select(due => (Due: due, Decision: ShippingDecision.Decide(due.Order, look.Now, options.Value))).ToArray();
            await Task.WhenAll(decided.Select(d => Say(d.Due, d.Decision, ct)));
            var moves = decided.Where(d => d.Decision is Decision.LookAgain or Decision.Rest).Select(d => (d.Due, (d.Decision as Decision.LookAgain)?.At)).ToArray();
            if (moves.Length > 0)
                await timers.Move(moves, ct);
            return look;
        }
        catch (Exception outage) when (PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
        {
            Waits(outage.Message);
            return null;
        }
    }

    private Task Say(DueOrder due, Decision decision, CancellationToken ct) => decision switch
    {
        Decision.Ship => Append(due, new OrderShipped(due.Order.OrderId, due.Order.Latest.UserId), DueOrders.Shipped(due.Order.OrderId), ct),
        Decision.Stall stall => Append(due, new FulfilmentStalled(due.Order.OrderId, due.Order.Latest.UserId, stall.Missing), DueOrders.Stalled(due), ct),
        _ => Task.CompletedTask,
    };

    private async Task Append(DueOrder due, object said, Sql[] statements, CancellationToken ct)
    {
        var (order, cause) = (due.Order, due.Order.Latest.Cause);
        try
        {
            var expected = order.StalledAt is null ? ExpectedVersion.NoStream : ExpectedVersion.Exactly(0);
            await log.Append(new("fulfilment", order.OrderId), expected, cause, [new(said)], statements, ct);
        }
        catch (WrongExpectedVersionException)
        {
            // Another replica was first. What it left to be done has a timer.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Orders that are due wait for the database: {Reason}")]
    private partial void Waits(string reason);
}
