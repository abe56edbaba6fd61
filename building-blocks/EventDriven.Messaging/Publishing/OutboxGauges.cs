using System.Diagnostics.Metrics;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventDriven.Messaging.Publishing;

/// <summary>
/// How much waits for a position and for the broker, and for how long. The holder of the lease alone tells it, from a query at a
/// fixed rate: an export reads the last answer and costs the database nothing.
/// </summary>
internal sealed class OutboxGauges : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Meter _meter = new(MessagingTelemetry.Name);
    private readonly ObservableGauge<long> _first;
    private readonly Sequencer _sequencer;
    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private volatile Outbox? _last;

    public OutboxGauges(EventLog log, Sequencer sequencer, NpgsqlDataSource database, TimeProvider clock)
    {
        (_sequencer, _database, _clock) = (sequencer, database, clock);
        KeyValuePair<string, object?> source = new("cloudevents.event_source", log.Source);
        _first = _meter.CreateObservableGauge("eventdriven.log.unsequenced.count", () => Observe(o => o.Unsequenced), "{event}", "Committed events without a position.");
        _meter.CreateObservableGauge("eventdriven.log.unsequenced.age", () => Observe(o => o.UnsequencedSeconds), "s", "How long the oldest of them has waited.");
        _meter.CreateObservableGauge("eventdriven.log.unrelayed.count", () => Observe(o => o.Unrelayed), "{event}", "Events with a position that the relay has not passed.");
        _meter.CreateObservableGauge("eventdriven.log.unrelayed.age", () => Observe(o => o.UnrelayedSeconds), "s", "How long the oldest of them that is published has waited.");

        IEnumerable<Measurement<T>> Observe<T>(Func<Outbox, T> of) where T : struct => _last is { } last ? [new(of(last), source)] : [];
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, _clock);
        try
        {
            do
            {
                if (_first.Enabled)
                    _last = _sequencer.Epoch is null ? null : await Look(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task<Outbox?> Look(CancellationToken ct)
    {
        try
        {
            await using var connection = await _database.OpenConnectionAsync(ct);
            return (await new Sql("""
                select u.count, coalesce(extract(epoch from clock_timestamp() - u.oldest)::float8, 0), p.position - p.relayed,
                       coalesce((select extract(epoch from clock_timestamp() - e.recorded_at)::float8
                                 from log.positions n cross join lateral (select topic, recorded_at from log.events where id = n.event_id offset 0) e
                                 where n.position > p.relayed and n.position <= p.position and e.topic is not null order by n.position limit 1), 0)
                from log.progress p, (select count(*) as count, min(recorded_at) as oldest from log.unsequenced) u
                """).Query(connection, r => new Outbox(r.GetInt64(0), r.GetDouble(1), r.GetInt64(2), r.GetDouble(3)), ct)).Single();
        }
        catch (Exception outage) when (PostgresSession.IsOutage(outage))
        {
            return null; // the sequencer shows that its database is away
        }
    }

    private sealed record Outbox(long Unsequenced, double UnsequencedSeconds, long Unrelayed, double UnrelayedSeconds);
}
