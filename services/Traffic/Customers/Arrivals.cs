using System.Diagnostics.Metrics;
using EventDriven.Traffic.Mix;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace EventDriven.Traffic.Customers;

/// <summary>
/// Lets customers come at the rate that is set. Each is on its own: a slow or failing service neither holds the next one up nor stops
/// them coming, as with people.
/// </summary>
internal sealed class Arrivals(TrafficMix mix, SignUpCustomer signUp, TimeProvider clock) : BackgroundService
{
    private const int MostAtOnce = 200;

    private static readonly Meter Meter = new("EventDriven.Traffic");
    private static readonly Counter<long> Came = Meter.CreateCounter<long>("traffic.customers", "{customer}", "Customers by how it ended for them.");

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
                _ = Come(stoppingToken);
            await arrival.CancelAsync();
        }
    }

    private async Task Come(CancellationToken ct)
    {
        if (Volatile.Read(ref _here) >= MostAtOnce)
        {
            Came.Add(1, new KeyValuePair<string, object?>("outcome", "turned-away"));
            return;
        }
        Interlocked.Increment(ref _here);
        var outcome = "served";
        try
        {
            await signUp.Act(ct);
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or OperationCanceledException)
        {
            outcome = "failed"; // a customer whom the service fails goes away; the metric says so
        }
        finally
        {
            Interlocked.Decrement(ref _here);
            Came.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }
}
