using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using EventDriven.Traffic.Mix;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace EventDriven.Traffic.Customers;

/// <summary>
/// Lets customers come at the rate that is set. Each is on its own: a slow or failing service neither holds the next one up nor stops
/// them coming, as with people.
/// </summary>
internal sealed class Arrivals(TrafficMix mix, Visits visits, TimeProvider clock) : BackgroundService
{
    private const int MostAtOnce = 500;
    private const int Crowd = 20;

    private static readonly Meter Meter = new("EventDriven.Traffic");
    private static readonly Counter<long> Came = Meter.CreateCounter<long>("traffic.customers", "{customer}", "Customers by what they came for and how it ended for them.");

    private int _here;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var due = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = mix.Changed;
            var rate = mix.Current.Rate;
            due += rate > 0 ? (long)(clock.TimestampFrequency / rate) : 0;
            var wait = rate > 0 ? clock.GetElapsedTime(clock.GetTimestamp(), due) : Timeout.InfiniteTimeSpan;
            using var arrival = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var delay = wait > TimeSpan.Zero || rate == 0 ? Task.Delay(wait, clock, arrival.Token) : Task.CompletedTask;
            if (await Task.WhenAny(delay, changed) == changed)
                due = clock.GetTimestamp(); // the new rate counts from now
            else if (!stoppingToken.IsCancellationRequested)
                Come(mix.Current.Draw(Random.Shared.NextDouble()), stoppingToken);
            await arrival.CancelAsync();
        }
    }

    /// <summary>A burst is a crowd of people who come at once to shop.</summary>
    private void Come(string action, CancellationToken ct)
    {
        var (many, what) = action == MixSettings.Burst ? (Crowd, MixSettings.Shop) : (1, action);
        for (var i = 0; i < many; i++)
            _ = Visit(what, ct);
    }

    private async Task Visit(string action, CancellationToken ct)
    {
        if (Volatile.Read(ref _here) >= MostAtOnce)
        {
            Count(action, "turned-away");
            return;
        }
        Interlocked.Increment(ref _here);
        var outcome = "failed";
        try
        {
            outcome = await visits.Act(action, ct) ? "served" : "refused";
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or OperationCanceledException or JsonException)
        {
            // a customer whom a service fails, or who finds none, goes away; the metric says so
        }
        finally
        {
            Interlocked.Decrement(ref _here);
            Count(action, outcome);
        }
    }

    private static void Count(string action, string outcome) => Came.Add(1, new TagList { { "action", action }, { "outcome", outcome } });
}
