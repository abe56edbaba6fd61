using EventDriven.Log;
using EventDriven.Messaging.Wire;
using Npgsql;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>The message's envelope, and where its handler puts what it wants done. A decider can be run in it.</summary>
public sealed class MessageContext : ILogEnlistment
{
    private readonly WireMessage _message;
    private readonly EventLog _log;
    private readonly StatementQueue _queue;

    internal MessageContext(WireMessage message, EventLog log, StatementQueue queue, bool isReplay) =>
        (_message, _log, _queue, IsReplay) = (message, log, queue, isReplay);

    /// <summary>The message's id: the same at every delivery.</summary>
    public Guid MessageId => _message.MessageId;

    /// <summary>Its type's stable name, as it was sent.</summary>
    public string Type => _message.Type;

    /// <summary>Who published it, as messages name their source: <c>/orders</c>.</summary>
    public string Source => _message.Source;

    /// <summary>The stream it was published from; one that names none is a stream of its own, with its id.</summary>
    public StreamName Stream => StreamName.Parse(_message.Subject ?? _message.Stream);

    /// <summary>When its publisher recorded it, in UTC.</summary>
    public DateTimeOffset RecordedAt => _message.Time;

    /// <summary>The message was handled before; only what the subscription's reset emptied is to be written again.</summary>
    public bool IsReplay { get; }

    /// <summary>The cause of whatever this message leads to: the same journey, this message before it.</summary>
    public Cause Cause => new(_message.Cause.CorrelationId, MessageId, System.Diagnostics.Activity.Current?.Id);

    /// <summary>Queues a statement.</summary>
    public void Execute(Sql sql)
    {
        ArgumentNullException.ThrowIfNull(sql);
        _queue.Add(sql.ToBatchCommand());
    }

    /// <summary>Queues a row for a statement that takes the rows of many messages: the fastest way to write what each message adds.</summary>
    public void Execute<TRow>(RowsStatement<TRow> statement, TRow row)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(row);
        _queue.Add(statement, row);
    }

    /// <summary>Queues an append to the service's own log, caused by this message. In a replay it is held: it was appended then.</summary>
    public void Append(StreamName stream, ExpectedVersion expected, params IReadOnlyList<NewEvent> events)
    {
        if (!IsReplay)
            _queue.AddAppend(AppendStatement.Raising(_log, stream, expected, Cause, events));
    }

    /// <summary>Asks the database now; inside a batch it sees what was queued before.</summary>
    public Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(sql);
        return _queue.Query(sql, read, ct);
    }

    Task ILogEnlistment.Append(StreamName stream, ExpectedVersion expected, IReadOnlyList<NewEvent> events, CancellationToken ct)
    {
        Append(stream, expected, events);
        return Task.CompletedTask;
    }

    Task ILogEnlistment.Execute(Sql sql, CancellationToken ct)
    {
        Execute(sql);
        return Task.CompletedTask;
    }
}
