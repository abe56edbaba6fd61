using Npgsql;

namespace EventDriven.Log;

/// <summary>
/// A transaction that somebody else commits, a subscription's batch or a <see cref="LogTransaction"/>: what is appended in it comes about
/// together with the rest, or not at all.
/// </summary>
public interface ILogEnlistment
{
    /// <summary>Asks the database; the answer includes what was appended here before.</summary>
    Task<IReadOnlyList<T>> Query<T>(Sql sql, Func<NpgsqlDataReader, T> read, CancellationToken ct);

    /// <summary>Appends in the transaction. A stream that has moved on fails the transaction as a race: whoever commits it runs it again.</summary>
    Task Append(StreamName stream, ExpectedVersion expected, IReadOnlyList<NewEvent> events, CancellationToken ct);

    /// <summary>Changes state in the transaction.</summary>
    Task Execute(Sql sql, CancellationToken ct);
}
