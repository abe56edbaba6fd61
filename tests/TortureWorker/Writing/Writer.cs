using EventDriven.Log;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.TortureWorker.Writing;

/// <summary>Appends under load and writes down what it was answered.</summary>
internal sealed class Writer(EventLog log, HistoryFile history, IOptions<WorkerOptions> options, TimeProvider clock, IHostApplicationLifetime lifetime) : BackgroundService
{
    private volatile bool _isOver;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);

    /// <summary>Writes no more; what it has written is still relayed.</summary>
    public void End() => _isOver = true;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, lifetime.ApplicationStarted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var worker = options.Value;
        var streams = Contract.Streams(worker.Source, worker.Streams);
        await Task.WhenAll(Enumerable.Range(0, worker.Tasks).Select(i => Write(new Steps(worker.Seed + i, streams, worker.Slow, worker.PoisonForEver), stoppingToken)));
    }

    private async Task Write(Steps steps, CancellationToken ct)
    {
        var every = TimeSpan.FromSeconds(1) * options.Value.Tasks / options.Value.Rate;
        while (!_isOver && !ct.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            var went = await Run(steps.Next(), ct);
            var rest = went ? every - clock.GetElapsedTime(started) : AfterFailure;
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> Run(Step step, CancellationToken ct)
    {
        Attempted[] events = [.. step.Appends.SelectMany(a => a.Events.Select(e => new Attempted(e.MessageId, a.Stream.ToString(), Outcome.Unknown)))];
        history.Write(step.IsDoomed ? events.Select(NotCommitted) : events);
        var commitSent = false;
        try
        {
            await using var transaction = await log.Begin(ct);
            foreach (var (stream, appended) in step.Appends)
            {
                var isStale = step.IsStale && stream == step.Appends[^1].Stream;
                await transaction.Append(stream, isStale ? ExpectedVersion.Exactly(long.MaxValue) : ExpectedVersion.Any, Cause.Begin(), appended, ct);
            }
            await transaction.Execute(new("insert into public.written select unnest($1)", events.Select(e => e.MessageId).ToArray()), ct);
            var places = await Places(transaction, events, ct);
            await Task.Delay(step.Pause, clock, ct);
            if (step.IsRolledBack)
                return true;
            commitSent = true;
            await transaction.Commit(ct);
            history.Write(events.Select(e => e with { Outcome = Outcome.Acknowledged, Version = places[e.MessageId].Version, Sequence = places[e.MessageId].Sequence }));
            return true;
        }
        catch (WrongExpectedVersionException) when (step.IsStale)
        {
            return true;
        }
        catch (Exception failure) when (failure is CommitTooLateException or NpgsqlException or InvalidOperationException or TimeoutException or IOException or OperationCanceledException)
        {
            if (!commitSent || failure is CommitTooLateException)
                history.Write(events.Select(NotCommitted));
            return false;
        }
    }

    private static Attempted NotCommitted(Attempted attempted) => attempted with { Outcome = Outcome.NotCommitted };

    /// <summary>What the transaction itself sees of its events, before anyone else can.</summary>
    private static async Task<Dictionary<Guid, (long Version, long? Sequence)>> Places(LogTransaction transaction, Attempted[] events, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand("select message_id, version, sequence from log.events where message_id = any ($1)", transaction.Connection, transaction.Transaction);
        read.Parameters.Add(new() { Value = events.Select(e => e.MessageId).ToArray() });
        await using var row = await read.ExecuteReaderAsync(ct);
        Dictionary<Guid, (long, long?)> places = [];
        while (await row.ReadAsync(ct))
            places.Add(row.GetGuid(0), (row.GetInt64(1), row.IsDBNull(2) ? null : row.GetInt64(2)));
        return places;
    }
}
