using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Wire;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>
/// One transaction of a subscription: the fence, the handlers' effects, the marks, and what was set aside. Nothing of it is seen before all of
/// it is. A careful one has a savepoint around each message, so that what the database refuses costs that message only.
/// </summary>
internal sealed class InboxTransaction : IAsyncDisposable
{
    private const string Savepoint = "message";

    private readonly InboxParts _inbox;
    private readonly NpgsqlConnection _connection;
    private readonly IReadOnlyCollection<PartitionClaim> _claims;
    private readonly Dictionary<MarkKey, InboxMark> _marks = [];
    private readonly Dictionary<MarkKey, InboxMark> _moved = [];
    private readonly Dictionary<string, (Guid LogId, Guid[] Former)> _sources = new(StringComparer.Ordinal);
    private readonly List<(string Source, Guid LogId)> _met = [];

    private InboxTransaction(InboxParts inbox, NpgsqlConnection connection, IReadOnlyCollection<PartitionClaim> claims, bool careful)
    {
        (_inbox, _connection, _claims, IsCareful) = (inbox, connection, claims, careful);
        Queue = new(connection);
    }

    /// <summary>Whether there is a savepoint around each message.</summary>
    public bool IsCareful { get; }

    /// <summary>What is to be sent.</summary>
    public StatementQueue Queue { get; }

    /// <summary>False while something with an effect outside the database may still run.</summary>
    public bool HasBegun => Queue.Transaction is not null;

    /// <summary>Whether there is nothing to commit.</summary>
    public bool IsEmpty => !HasBegun && Queue.Count == 0 && _moved.Count == 0;

    /// <summary>The marks of the streams as they are by now.</summary>
    public IReadOnlyDictionary<MarkKey, InboxMark> Marks => _marks;

    /// <summary>The marks that it moves, with the revisions that they had.</summary>
    public IReadOnlyDictionary<MarkKey, InboxMark> Moved => _moved;

    /// <summary>The logs of the sources.</summary>
    public IReadOnlyDictionary<string, (Guid LogId, Guid[] Former)> Sources => _sources;

    /// <param name="inbox">What it works with.</param>
    /// <param name="claims">The partitions whose messages it handles.</param>
    /// <param name="careful">With a savepoint around each message.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<InboxTransaction> Open(InboxParts inbox, IReadOnlyCollection<PartitionClaim> claims, bool careful, CancellationToken ct) =>
        new(inbox, await inbox.Database.OpenConnectionAsync(ct), claims, careful);

    /// <summary>Reads the marks of the streams, fenced in one round trip where the transaction begins with it.</summary>
    public async Task Load(IReadOnlyCollection<MarkKey> keys, bool begin, CancellationToken ct)
    {
        if (begin)
            Queue.Transaction = await _connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(_connection, Queue.Transaction);
        if (begin)
            batch.BatchCommands.Add(_inbox.Statements.Fence(_claims));
        batch.BatchCommands.Add(_inbox.Statements.ReadMarks(keys));
        batch.BatchCommands.Add(_inbox.Statements.ReadSources());
        await using var row = await batch.ExecuteReaderAsync(ct);
        if (begin)
        {
            await CheckFence(row, ct);
            await row.NextResultAsync(ct);
        }
        while (await row.ReadAsync(ct))
        {
            var (key, mark) = InboxStatements.ReadMark(row);
            _marks.Add(key, mark);
        }
        await row.NextResultAsync(ct);
        while (await row.ReadAsync(ct))
            _sources.Add(row.GetString(0), (row.GetGuid(1), row.GetFieldValue<Guid[]>(2)));
    }

    /// <summary>Begins on marks that are presumed: nothing is sent before something is asked, or all is committed.</summary>
    public async Task Presume(Presumption presumed, CancellationToken ct)
    {
        Queue.Transaction = await _connection.BeginTransactionAsync(ct);
        Queue.Add(_inbox.Statements.Hold(_claims, presumed.Sources));
        foreach (var (key, mark) in presumed.Marks)
            _marks.Add(key, mark);
        foreach (var (source, log) in presumed.Sources)
            _sources.Add(source, log);
    }

    /// <summary>A transaction that did not begin with its marks begins here, fenced.</summary>
    /// <exception cref="ClaimLostException">A partition has another owner by now.</exception>
    public async Task EnsureBegun(CancellationToken ct)
    {
        if (HasBegun)
            return;
        Queue.Transaction = await _connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(_connection, Queue.Transaction);
        batch.BatchCommands.Add(_inbox.Statements.Fence(_claims));
        await using (var row = await batch.ExecuteReaderAsync(ct))
            await CheckFence(row, ct);
        if (IsCareful)
            await Queue.Transaction.SaveAsync(Savepoint, ct);
    }

    /// <summary>The log of the message's source; one that was not met before is met now.</summary>
    public (Guid LogId, Guid[] Former) LogOf(WireMessage message)
    {
        if (!_sources.TryGetValue(message.Source, out var log))
        {
            _sources.Add(message.Source, log = (message.LogId, []));
            _met.Add((message.Source, message.LogId));
            Queue.Add(_inbox.Statements.MeetSource(message.Source, message.LogId));
        }
        return log;
    }

    public void SetAside(ParkedMessage message) => Queue.Add(_inbox.Statements.Park(message));

    public void Move(MarkKey key, InboxMark mark) => _marks[key] = _moved[key] = mark;

    /// <summary>What is sent from here on can be taken back alone.</summary>
    public async Task Save(CancellationToken ct)
    {
        await Queue.Flush(ct);
        await Queue.Transaction!.SaveAsync(Savepoint, ct);
    }

    /// <summary>Keeps what was sent since the savepoint.</summary>
    public async Task Release(CancellationToken ct)
    {
        await Queue.Flush(ct);
        await Queue.Transaction!.ReleaseAsync(Savepoint, ct);
    }

    /// <summary>Takes back what was sent, or waits, since the savepoint; sources stay met.</summary>
    public async Task RollBack(CancellationToken ct)
    {
        Queue.TruncateTo(0);
        await Queue.Transaction!.RollbackAsync(Savepoint, ct);
        await Queue.Transaction.ReleaseAsync(Savepoint, ct);
        foreach (var (source, logId) in _met)
            Queue.Add(_inbox.Statements.MeetSource(source, logId));
    }

    /// <summary>Makes all of it true at once.</summary>
    public async Task Commit(CancellationToken ct)
    {
        if (_moved.Count > 0)
            Queue.Add(_inbox.Statements.MoveMarks(_moved));
        await Queue.Commit(ct);
        if (Queue.HasAppends)
            _inbox.Log.Committed();
    }

    public async ValueTask DisposeAsync()
    {
        if (Queue.Transaction is not null)
            await Queue.Transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task CheckFence(NpgsqlDataReader row, CancellationToken ct)
    {
        var held = 0;
        while (await row.ReadAsync(ct))
            held++;
        if (held != _claims.Count)
            throw new ClaimLostException();
    }
}
