using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventDriven.Log.Coalescing;
using Npgsql;

namespace EventDriven.Log;

/// <summary>
/// The log of one service. What a service says is appended in the transaction of its state, so there is no second write
/// that can be lost; the relay publishes it after commit.
/// </summary>
public sealed class EventLog
{
    /// <summary>How data is written: camelCase JSON, as it stays for ever.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(), // named, so that a type's metadata can be asked for before anything was read
    };

    private readonly NpgsqlDataSource _database;
    private readonly AppendCoalescer _coalescer;

    /// <param name="service">The service that owns it.</param>
    /// <param name="database">Its database.</param>
    /// <param name="types">What may be appended and read.</param>
    /// <param name="clock">The process' clock.</param>
    /// <param name="hash">Gives events their hashes; another than the log's own only to measure what that costs.</param>
    internal EventLog(string service, NpgsqlDataSource database, MessageTypes types, TimeProvider clock, Func<Hashing>? hash = null)
    {
        Service = service;
        Clock = clock;
        Types = types;
        _database = database;
        Reader = new LogReader(database);
        _coalescer = new(new SharedCommit(this, database, hash ?? (() => new EventHash().Of)));
    }

    /// <summary>The service that owns this log; its messages name it as their source: <c>/signup</c>.</summary>
    public string Service { get; }

    /// <summary>CloudEvents' source of everything in this log.</summary>
    public string Source => "/" + Service;

    /// <summary>What may be appended and read.</summary>
    public MessageTypes Types { get; }

    /// <summary>Reading by position, stream or id.</summary>
    public LogReader Reader { get; }

    internal TimeProvider Clock { get; }

    /// <summary>Beats after a commit that appended: there may be something to sequence.</summary>
    internal Pulse Appended { get; } = new();

    /// <summary>Beats when new positions were given: there may be something to relay or to follow.</summary>
    internal Pulse Sequenced { get; } = new();

    /// <summary>Begins a transaction for state and events together.</summary>
    public async Task<LogTransaction> Begin(CancellationToken ct)
    {
        var connection = await _database.OpenConnectionAsync(ct);
        try
        {
            return new LogTransaction(this, connection, await connection.BeginTransactionAsync(ct));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Appends in a transaction that the caller has and will commit, within 4 s, as what was recorded by a time must not grow later;
    /// <see cref="Committed"/> after it saves the sequencer's poll.
    /// </summary>
    /// <exception cref="WrongExpectedVersionException">The stream has moved on; nothing was appended.</exception>
    /// <exception cref="EventTooLargeException">An event is over 512 KiB; nothing was appended.</exception>
    public async Task<AppendResult> Append(
        NpgsqlTransaction transaction, StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var append = StreamAppend.Of(this, stream, expected, cause, events);
        var (appended, version) = await AppendStatement.Run(transaction.Connection!, transaction, append, ct);
        return append.Answer(appended, version);
    }

    /// <summary>
    /// Appends, together with the changes of state that go with it, in a transaction of its own. Appends made at the same moment
    /// share one commit, so that many writers do not wait for the disk one after the other; each still has its own outcome: a
    /// conflict or a failing statement is its caller's alone and leaves nothing of its step. The statements run only if the append
    /// fitted, and after it.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="expected">What the writer believes the stream's version to be.</param>
    /// <param name="cause">Why it is said.</param>
    /// <param name="events">At least one.</param>
    /// <param name="statements">
    /// State and projections to be changed with it; they must not begin, commit, roll back or set savepoints, nor turn <c>synchronous_commit</c> off:
    /// what can be seen is published.
    /// </param>
    /// <param name="ct">Takes the step back only while it waits for its turn; after that its outcome is awaited.</param>
    /// <exception cref="WrongExpectedVersionException">The stream has moved on; nothing was appended or changed.</exception>
    /// <exception cref="EventTooLargeException">An event is over 512 KiB; nothing was appended or changed.</exception>
    /// <exception cref="NpgsqlException">
    /// The database refused a statement and nothing was changed, or it cannot be reached; if it went away during the commit, that may
    /// have come through.
    /// </exception>
    public Task<AppendResult> Append(
        StreamName stream, ExpectedVersion expected, Cause cause, IReadOnlyList<NewEvent> events, IReadOnlyList<Sql> statements, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(statements);
        return _coalescer.Append(new(StreamAppend.Of(this, stream, expected, cause, events), statements, ct));
    }

    internal ValueTask<NpgsqlConnection> Open(CancellationToken ct) => _database.OpenConnectionAsync(ct);

    /// <summary>Says that a transaction with appends was committed, so that sequencing starts now and not at the next poll.</summary>
    public void Committed() => Appended.Beat();
}
