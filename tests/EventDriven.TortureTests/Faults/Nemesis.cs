using System.Collections.Concurrent;
using EventDriven.TortureTests.Machines;
using Npgsql;

namespace EventDriven.TortureTests.Faults;

/// <summary>Does what the plan says, and counts what it has done.</summary>
internal sealed class Nemesis(Fleet fleet)
{
    private static readonly TimeSpan LooksAgain = TimeSpan.FromMilliseconds(100);
    private readonly HashSet<object> _busy = [];
    private readonly ConcurrentQueue<FaultKind> _done = new();

    /// <summary>How often each fault has happened.</summary>
    public IReadOnlyDictionary<FaultKind, int> Done => _done.CountBy(kind => kind).ToDictionary();

    /// <summary>Which processes ended although nobody had told them to.</summary>
    public ConcurrentQueue<string> EndedByThemselves { get; } = new();

    public int Count(params FaultKind[] kinds) => _done.Count(kinds.Contains);

    /// <summary>Returns when every fault is over and every process runs again.</summary>
    public Task Run(IReadOnlyList<Fault> plan, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        return Task.WhenAll(plan.Select(async fault =>
        {
            var wait = fault.At - TimeProvider.System.GetElapsedTime(started);
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, ct);
            await Do(fault, ct);
            _done.Enqueue(fault.Kind);
        }));
    }

    /// <summary>Starts again what ended by itself, as whoever runs services does.</summary>
    public void LookAfter()
    {
        lock (_busy)
        {
            foreach (var process in fleet.All.Where(p => p.HasExited && !_busy.Contains(p)))
            {
                EndedByThemselves.Enqueue($"{process.Name}: {process.LastWords}");
                process.Start();
            }
        }
    }

    private Task Do(Fault fault, CancellationToken ct) => fault.Kind switch
    {
        FaultKind.KillWriter => Replace(fault, Any(fleet.Writers), Signal.Kill, ct),
        FaultKind.KillLeaseHolder => Replace(fault, LeaseHolder, Signal.Kill, ct),
        FaultKind.KillConsumer => Replace(fault, Any(fleet.Consumers), Signal.Kill, ct),
        FaultKind.Rebalance => Replace(fault, Any(fleet.Consumers), Signal.Terminate, ct),
        FaultKind.RollOutWriter => Replace(fault, Any(fleet.Writers), Signal.Terminate, ct),
        FaultKind.StopWriter => Pause(fault, Any(fleet.Writers), ct),
        FaultKind.StopLeaseHolder => Pause(fault, LeaseHolder, ct),
        FaultKind.StopConsumer or FaultKind.StopConsumerForLong => Pause(fault, Any(fleet.Consumers), ct),
        FaultKind.RestartPostgres => Restart(fault, fleet.Rig.Postgres, fleet.Rig.Postgres.Crash, fleet.Rig.Postgres.Start, ct),
        FaultKind.RestartKafka => Restart(fault, fleet.Rig.Kafka, fleet.Rig.Kafka.Kill, fleet.Rig.Kafka.Start, ct),
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "No such fault."),
    };

    private async Task Replace(Fault fault, Func<Task<IReadOnlyList<ServiceProcess>>> among, Signal signal, CancellationToken ct)
    {
        var target = await Take(fault, among, ct);
        await target.End(signal);
        await Task.Delay(fault.Lasts, ct);
        target.Start();
        Free(target);
    }

    private async Task Pause(Fault fault, Func<Task<IReadOnlyList<ServiceProcess>>> among, CancellationToken ct)
    {
        var target = await Take(fault, among, ct);
        target.Signal(Signal.Stop);
        await Task.Delay(fault.Lasts, ct);
        target.Signal(Signal.Continue);
        Free(target);
    }

    private async Task Restart(Fault fault, object server, Func<Task> end, Func<CancellationToken, Task> start, CancellationToken ct)
    {
        await Take(fault, () => Task.FromResult<IReadOnlyList<object>>([server]), ct);
        await end();
        await Task.Delay(fault.Lasts, ct);
        await start(ct);
        Free(server);
    }

    /// <summary>One that nothing else is being done to; waits for it.</summary>
    private async Task<T> Take<T>(Fault fault, Func<Task<IReadOnlyList<T>>> among, CancellationToken ct) where T : notnull
    {
        while (true)
        {
            var candidates = await among();
            lock (_busy)
            {
                if (candidates.Where(c => !_busy.Contains(c) && c is not ServiceProcess { HasExited: true }).ToArray() is { Length: > 0 } free)
                {
                    var taken = free[fault.Pick % free.Length];
                    _busy.Add(taken);
                    return taken;
                }
            }
            await Task.Delay(LooksAgain, ct);
        }
    }

    private void Free(object taken)
    {
        lock (_busy)
            _busy.Remove(taken);
    }

    private static Func<Task<IReadOnlyList<ServiceProcess>>> Any(ServiceProcess[] processes) => () => Task.FromResult<IReadOnlyList<ServiceProcess>>(processes);

    /// <summary>Only the holder's connections call the sequencer. Nobody, while there is none or the database is away.</summary>
    private async Task<IReadOnlyList<ServiceProcess>> LeaseHolder()
    {
        try
        {
            await using var connection = new NpgsqlConnection(fleet.WriterDatabase);
            await connection.OpenAsync();
            await using var ask = new NpgsqlCommand("""
                select a.application_name from pg_stat_activity a, log.lease l
                where a.datname = current_database() and a.query like '%log.sequence(%' and a.application_name like 'writer-%'
                  and l.expires_at > clock_timestamp() and a.state_change > clock_timestamp() - interval '2 seconds'
                order by a.state_change desc limit 1
                """, connection);
            var name = await ask.ExecuteScalarAsync() as string;
            return [.. fleet.Writers.Where(w => w.Name == name)];
        }
        catch (NpgsqlException)
        {
            return [];
        }
    }
}
