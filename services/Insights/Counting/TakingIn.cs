using EventDriven.Log.Database;

namespace EventDriven.Insights.Counting;

/// <summary>Takes additions into the totals once a second, so that a summary reads hundreds of rows and not millions.</summary>
internal sealed partial class TakingIn(Totals totals, TimeProvider clock, ILogger<TakingIn> logger) : BackgroundService
{
    private const int AtOnce = 20_000;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await totals.TakeIn(AtOnce, stoppingToken) == AtOnce)
                {
                    // there is more
                }
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage) || PostgresSession.IsRace(outage))
            {
                Waits(outage.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "What was added waits for the database: {Reason}")]
    private partial void Waits(string reason);
}
