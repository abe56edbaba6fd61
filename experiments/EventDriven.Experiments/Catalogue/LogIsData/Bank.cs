using System.Diagnostics;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Projections;
using EventDriven.EventSourcing.Snapshots;
using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.LogIsData;

/// <summary>A service that keeps nothing but events, and the three ways to ask it for a balance.</summary>
internal sealed class Bank(LabService service)
{
    /// <summary>A snapshot at least every so many events.</summary>
    public const int SnapshotEvery = 50;

    private const int Page = 1_000;
    private static readonly TimeSpan FollowsWithin = TimeSpan.FromMinutes(5);

    private readonly DeciderStore<Deposit, Account> _store = service.Services.GetRequiredService<DeciderStore<Deposit, Account>>();

    public static Task<LabService> Start(Lab lab, string name, bool withHabits, CancellationToken ct) => LabService.Start(lab, name, Account.Types(name), builder =>
    {
        builder.AddOwnTables(name, BalanceProjection.Schema, BalanceProjection.Tables);
        if (withHabits)
            builder.AddOwnTables(name, HabitsProjection.Schema, HabitsProjection.Tables);
        builder.AddEventSourcing();
        builder.AddDecider(Account.Decider, new SnapshotPolicy("account.v1", SnapshotEvery));
        builder.AddProjection(new BalanceProjection());
        if (withHabits)
            builder.AddProjection(new HabitsProjection());
    }, ct: ct);

    /// <summary>
    /// Writes a stream of so many events. All but the last few are there when a command comes, which leaves a snapshot; what is appended after
    /// it is what a load has to fold on top of it: as many events as the policy allows to be missing.
    /// </summary>
    public async Task<StreamName> Write(int length, CancellationToken ct)
    {
        var stream = new StreamName("account", Guid.CreateVersion7());
        var upToSnapshot = Math.Max(0, length - SnapshotEvery + 1);
        await Append(stream, 0, upToSnapshot - 1, ct);
        if (upToSnapshot > 0)
            await _store.Load(stream, ct); // keeps a snapshot, as every load does that had too much to fold
        await Append(stream, upToSnapshot, length - 1, ct);
        return stream;
    }

    /// <summary>Waits until the read model has all of a stream.</summary>
    public async Task<TimeSpan> Follows(string projection, StreamName stream, int length, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        await service.Services.GetRequiredService<ReadModels>().WaitFor(projection, $"{stream}:{length - 1}", ct, FollowsWithin);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Folds every event, as if nobody had ever kept a sum.</summary>
    public async Task<long> ByReplay(StreamName stream, long lastVersion, CancellationToken ct) =>
        (await _store.Load(stream, AsOf.Version(lastVersion), ct)).State.Balance;

    /// <summary>Folds what came after the snapshot.</summary>
    public async Task<long> BySnapshot(StreamName stream, CancellationToken ct) => (await _store.Load(stream, ct)).State.Balance;

    /// <summary>Reads one row.</summary>
    public async Task<long> ByProjection(StreamName stream, CancellationToken ct)
    {
        await using var command = service.Database.CreateCommand("select balance from balances.balance where key = $1");
        command.Parameters.Add(new() { Value = stream.ToString() });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The balance as it was known at a time.</summary>
    public async Task<long> AsOfTime(StreamName stream, DateTimeOffset recordedBy, CancellationToken ct) =>
        (await _store.Load(stream, AsOf.Time(recordedBy, effectiveBy: null), ct)).State.Balance;

    private async Task Append(StreamName stream, long from, long to, CancellationToken ct)
    {
        for (var next = from; next <= to; next += Page)
        {
            NewEvent[] page = [.. Enumerable.Range(0, (int)Math.Min(Page, to - next + 1)).Select(n => new NewEvent(Movements.At(next + n)))];
            await service.Log.Append(stream, ExpectedVersion.Any, Cause.Begin(), page, [], ct);
        }
    }
}
