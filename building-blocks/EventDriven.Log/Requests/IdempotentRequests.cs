using Microsoft.AspNetCore.Http;
using Npgsql;

namespace EventDriven.Log.Requests;

/// <summary>
/// Runs a request once per <c>Idempotency-Key</c>: the first outcome is stored in the transaction that made it and answered again
/// for ever; a concurrent repeat waits for the first. The same key with another request is refused.
/// </summary>
public sealed class IdempotentRequests
{
    /// <summary>The header's name.</summary>
    public const string Header = "Idempotency-Key";

    private const string Savepoint = "decision";
    private readonly EventLog _log;

    internal IdempotentRequests(EventLog log) => _log = log;

    /// <summary>Reads the key of a request; null where there is none.</summary>
    /// <exception cref="BadHttpRequestException">It is not 1 to 128 visible ASCII characters.</exception>
    public static string? KeyOf(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Headers.TryGetValue(Header, out var values))
            return null;
        var key = values.ToString();
        return values.Count == 1 && key.Length is >= 1 and <= 128 && key.All(c => c is > ' ' and <= '~')
            ? key
            : throw new BadHttpRequestException($"{Header} must be 1 to 128 visible ASCII characters.");
    }

    /// <summary>Decides in a transaction, once per scope and key; without a key, simply in a transaction.</summary>
    /// <param name="scope">What the key is unique in: the account addressed, the user, the service.</param>
    /// <param name="key">The client's key, or null.</param>
    /// <param name="fingerprint">A hash of call, path and body, so that another request with the same key is noticed.</param>
    /// <param name="decide">Changes state, appends, and says the outcome; it neither commits nor rolls back.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IResult> Once(
        string scope, string? key, byte[] fingerprint, Func<LogTransaction, CancellationToken, Task<Outcome>> decide, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(decide);
        await using var transaction = await _log.Begin(ct);
        if (key is not null && !await Claim(transaction, scope, key, fingerprint, ct))
            return await Stored(transaction, scope, key, fingerprint, ct);

        await transaction.Transaction.SaveAsync(Savepoint, ct);
        var outcome = await decide(transaction, ct);
        if (!outcome.IsFinal)
            return outcome;
        if (outcome.IsRefusal)
            await transaction.Transaction.RollbackAsync(Savepoint, ct);
        if (key is not null)
            await Store(transaction, scope, key, outcome, ct);
        await transaction.Commit(ct);
        return outcome;
    }

    /// <summary>Says how a request ended that was <see cref="Outcome.Begun{T}"/>. The first to say it decides, and all are answered the same.</summary>
    public async Task<IResult> Settle(RequestKey key, Outcome outcome, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(outcome);
        return await WriteAndRead(OutcomeTable.Settle(key, outcome), key, row => OutcomeTable.Answer(row, key.Key, key.Fingerprint), ct);
    }

    /// <summary>
    /// Stores what is to be answered to whatever comes with a key, unless there is an outcome already: a request that is still on its
    /// way will never be carried out.
    /// </summary>
    /// <returns>The outcome that is stored under the key.</returns>
    public async Task<Outcome> Forestall(RequestKey key, Outcome outcome, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(outcome);
        return await WriteAndRead(OutcomeTable.InsertIfFirst(key with { Fingerprint = [] }, outcome), key, OutcomeTable.Stored, ct);
    }

    private async Task<T> WriteAndRead<T>(Sql write, RequestKey key, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var connection = await _log.Open(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { write.ToBatchCommand(), OutcomeTable.Read(key.Scope, key.Key).ToBatchCommand() } };
        await using var row = await batch.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return read(row);
    }

    private static async Task<bool> Claim(LogTransaction transaction, string scope, string key, byte[] fingerprint, CancellationToken ct) =>
        await transaction.Execute(new("insert into log.outcomes (scope, key, fingerprint) values ($1, $2, $3) on conflict do nothing", scope, key, fingerprint), ct) == 1;

    private static Task<int> Store(LogTransaction transaction, string scope, string key, Outcome outcome, CancellationToken ct) =>
        transaction.Execute(new("update log.outcomes set status = $3, body = $4, headers = $5::jsonb where scope = $1 and key = $2",
            scope, key, outcome.Status, outcome.Body.ToArray(), OutcomeTable.Headers(outcome)), ct);

    private static async Task<IResult> Stored(LogTransaction transaction, string scope, string key, byte[] fingerprint, CancellationToken ct)
    {
        await using var read = OutcomeTable.Read(scope, key).ToCommand(transaction.Connection);
        await using var row = await read.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return OutcomeTable.Answer(row, key, fingerprint);
    }
}
