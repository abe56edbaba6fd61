using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;
using EventDriven.Log.Requests;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace EventDriven.EventSourcing;

/// <summary>
/// Runs a decider on the log: load, decide, append with the expected version. A race that is lost is decided again on what has happened
/// meanwhile, a bounded number of times.
/// </summary>
public sealed class DeciderStore<TCommand, TState> : IDisposable where TCommand : notnull where TState : notnull
{
    private const int MostTries = 8;
    private const int PauseMs = 5;

    private readonly Decider<TCommand, TState> _decider;
    private readonly EventLog _log;
    private readonly NpgsqlDataSource _database;
    private readonly SnapshotPolicy? _snapshots;
    private readonly IReadOnlyList<IInlineProjection> _inline;
    private readonly StreamFold<TCommand, TState> _fold;
    private readonly StreamTurns _turns = new();

    internal DeciderStore(Decider<TCommand, TState> decider, EventLog log, NpgsqlDataSource database, SnapshotPolicy? snapshots, IReadOnlyList<IInlineProjection> inline)
    {
        (_decider, _log, _database, _snapshots, _inline) = (decider, log, database, snapshots, inline);
        _fold = new(decider, log.Types, snapshots);
    }

    /// <summary>The stream of one entity.</summary>
    public StreamName Stream(Guid id) => _decider.Stream(id);

    /// <summary>Loads an entity with every event that was committed.</summary>
    public Task<Loaded<TState>> Load(StreamName stream, CancellationToken ct) => Load(stream, AsOf.Now, ct);

    /// <summary>Loads an entity as of a version or a time.</summary>
    public async Task<Loaded<TState>> Load(StreamName stream, AsOf asOf, CancellationToken ct) => (await Look(stream, key: null, asOf, ct)).Loaded!;

    /// <summary>Carries a command out.</summary>
    /// <param name="stream">The entity it addresses.</param>
    /// <param name="command">The command.</param>
    /// <param name="cause">Why.</param>
    /// <param name="ct">Cancels while nothing was sent to be written.</param>
    /// <param name="creates">Whether the command may begin the stream.</param>
    /// <exception cref="DomainRuleException">The state refuses it; nothing was appended.</exception>
    /// <exception cref="StreamNotFoundException">There is no such entity, and the command does not create one.</exception>
    /// <exception cref="WrongExpectedVersionException">The race stayed lost; nothing was appended.</exception>
    public async Task<Decided<TState>> Execute(StreamName stream, TCommand command, Cause cause, CancellationToken ct, bool creates = false)
    {
        using var turn = await _turns.Take(stream.ToString(), ct);
        for (var tried = 1; ; tried++)
        {
            var decided = Decide(await Load(stream, ct), command, creates);
            if (decided.Events.Count == 0 || await TryAppend(decided, cause, [], isLast: tried == MostTries, ct))
                return decided;
            await Pause(tried, ct);
        }
    }

    /// <summary>
    /// Carries a command out in a transaction that somebody else commits. It does not take turns: a race fails that transaction.
    /// </summary>
    /// <inheritdoc cref="Execute(StreamName, TCommand, Cause, CancellationToken, bool)"/>
    public async Task<Decided<TState>> Execute(StreamName stream, TCommand command, ILogEnlistment transaction, CancellationToken ct, bool creates = false)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var events = await transaction.Query(new("select version, type, data from log.events where stream = $1 order by version", stream.ToString()),
            row => (Version: row.GetInt64(0), Event: _fold.ReadEvent(row.GetString(1), row.GetFieldValue<byte[]>(2))), ct);
        var loaded = new Loaded<TState>(stream, events.Count > 0 ? events[^1].Version : -1, events.Aggregate(_decider.Initial, (state, e) => _decider.Evolve(state, e.Event)));
        var decided = Decide(loaded, command, creates);
        if (decided.Events.Count == 0)
            return decided;
        await transaction.Append(stream, loaded.Expected, decided.Events, ct);
        foreach (var statement in Inline(decided))
            await transaction.Execute(statement, ct);
        return decided;
    }

    /// <summary>
    /// Carries a request out once per key. The first outcome, a refusal too, is stored with what it appended, and answered again to every
    /// repeat; a concurrent repeat waits for the first.
    /// </summary>
    /// <param name="stream">The entity it addresses.</param>
    /// <param name="command">The command.</param>
    /// <param name="key">The request's key; without one it is carried out each time it comes.</param>
    /// <param name="cause">Why.</param>
    /// <param name="answer">What the client is told; the header with stream and version is added.</param>
    /// <param name="ct">Cancels while nothing was sent to be written.</param>
    /// <param name="creates">Whether the command may begin the stream.</param>
    /// <exception cref="StreamNotFoundException">There is no such entity, and the command does not create one.</exception>
    /// <exception cref="WrongExpectedVersionException">The race stayed lost; nothing was appended.</exception>
    public async Task<IResult> Execute(
        StreamName stream, TCommand command, RequestKey? key, Cause cause, Func<Decided<TState>, Outcome> answer, CancellationToken ct, bool creates = false)
    {
        ArgumentNullException.ThrowIfNull(answer);
        using var turn = await _turns.Take(stream.ToString(), ct);
        for (var tried = 1; ; tried++)
        {
            var (loaded, stored) = await Look(stream, key, AsOf.Now, ct);
            if (stored is not null)
                return stored;

            var (outcome, decided) = Answer(loaded!, command, answer, creates);
            if (decided is { Events.Count: > 0 })
            {
                if (await TryAppend(decided, cause, key is null ? [] : [OutcomeTable.Insert(key, outcome)], isLast: tried == MostTries, ct))
                    return outcome;
            }
            else if (key is null || await StoreIfFirst(key, outcome, ct))
            {
                return outcome;
            }
            await Pause(tried, ct);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private (Outcome, Decided<TState>?) Answer(Loaded<TState> loaded, TCommand command, Func<Decided<TState>, Outcome> answer, bool creates)
    {
        try
        {
            var decided = Decide(loaded, command, creates);
            return (answer(decided).At(new AppendResult(decided.Stream.ToString(), decided.Version)), decided);
        }
        catch (DomainRuleException refusal)
        {
            return (Outcome.Refused(refusal), null);
        }
    }

    private Decided<TState> Decide(Loaded<TState> loaded, TCommand command, bool creates)
    {
        if (!loaded.Exists && !creates)
            throw new StreamNotFoundException(loaded.Stream);
        var events = _decider.Decide(command, loaded.State);
        return new(loaded.Stream, loaded.Version + events.Count, events.Aggregate(loaded.State, (state, e) => _decider.Evolve(state, e.Data)), events);
    }

    /// <summary>False when it should be decided again.</summary>
    private async Task<bool> TryAppend(Decided<TState> decided, Cause cause, Sql[] outcome, bool isLast, CancellationToken ct)
    {
        var before = decided.Version - decided.Events.Count;
        try
        {
            await _log.Append(decided.Stream, before < 0 ? ExpectedVersion.NoStream : ExpectedVersion.Exactly(before), cause, decided.Events,
                [.. outcome, .. Inline(decided), .. Snapshot(decided, before)], ct);
            return true;
        }
        catch (Exception race) when (!isLast && (race is WrongExpectedVersionException || OutcomeTable.IsTaken(race)))
        {
            return false;
        }
    }

    private IEnumerable<Sql> Inline(Decided<TState> decided) => _inline.SelectMany(projection =>
        decided.Events.Index().SelectMany(e => projection.Project(decided.Stream, decided.Version - decided.Events.Count + 1 + e.Index, e.Item)));

    /// <summary>Whenever the stream grows over a multiple of the policy's number of events.</summary>
    private IEnumerable<Sql> Snapshot(Decided<TState> decided, long before) =>
        _snapshots is { } policy && (decided.Version + 1) / policy.Every > (before + 1) / policy.Every
            ? [policy.Write(new Loaded<TState>(decided.Stream, decided.Version, decided.State))] : [];

    /// <summary>Whether this outcome is the first of its key. One that is not final is never stored.</summary>
    private async Task<bool> StoreIfFirst(RequestKey key, Outcome outcome, CancellationToken ct)
    {
        if (!outcome.IsFinal)
            return true;
        await using var connection = await _database.OpenConnectionAsync(ct);
        await using var insert = OutcomeTable.InsertIfFirst(key, outcome).ToCommand(connection);
        return await insert.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>In one round trip: the outcome that is stored under the key, or the entity.</summary>
    private async Task<(Loaded<TState>? Loaded, IResult? Stored)> Look(StreamName stream, RequestKey? key, AsOf asOf, CancellationToken ct, bool useSnapshot = true)
    {
        await using var connection = await _database.OpenConnectionAsync(ct);
        await using (var batch = new NpgsqlBatch(connection))
        {
            if (key is not null)
                batch.BatchCommands.Add(OutcomeTable.Read(key.Scope, key.Key).ToBatchCommand());
            batch.BatchCommands.Add(_fold.Statement(stream, asOf, useSnapshot).ToBatchCommand());
            await using var row = await batch.ExecuteReaderAsync(ct);
            if (key is not null)
            {
                if (await row.ReadAsync(ct))
                    return (null, OutcomeTable.Answer(row, key.Key, key.Fingerprint));
                await row.NextResultAsync(ct);
            }
            if (await _fold.Read(stream, row, ct) is { } folded)
            {
                await row.CloseAsync();
                if (asOf == AsOf.Now && _snapshots is { } policy && folded.Count >= policy.Every)
                    await Keep(connection, policy.Write(folded.Loaded), ct);
                return (folded.Loaded, null);
            }
        }
        return await Look(stream, key, asOf, ct, useSnapshot: false);
    }

    private static async Task Keep(NpgsqlConnection connection, Sql snapshot, CancellationToken ct)
    {
        await using var write = snapshot.ToCommand(connection);
        await write.ExecuteNonQueryAsync(ct);
    }

    private static Task Pause(int tried, CancellationToken ct) => Task.Delay(Random.Shared.Next(PauseMs * tried) + 1, ct);
}
