using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Wire;
using Npgsql;

namespace EventDriven.Messaging.Direct;

/// <summary>
/// Runs handlers for messages that their sender brings itself and waits for. Each message has its effect once, however often it is brought;
/// nothing is tried again, parked or put in order here: all of that is the sender's then.
/// </summary>
internal sealed class DirectDelivery(Subscription handlers, EventLog log, NpgsqlDataSource database, IServiceProvider services)
{
    private const string Constraint = "direct_pkey";

    public async Task Take(WireMessage message, CancellationToken ct)
    {
        if (handlers.HandlerOf(message) is not { } handler)
            return;
        await using var connection = await database.OpenConnectionAsync(ct);
        if ((await new Sql("select 1 from inbox.direct where subscription = $1 and message_id = $2", handlers.Name, message.MessageId).Query(connection, _ => true, ct)).Count > 0)
            return;

        var queue = new StatementQueue(connection);
        if (!handler.HasOutsideEffect)
            queue.Transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            queue.Add(new Sql("insert into inbox.direct (subscription, message_id) values ($1, $2)", handlers.Name, message.MessageId).ToBatchCommand());
            await handler.Run(services, message, new MessageContext(message, log, queue, isReplay: false), ct);
            queue.Transaction ??= await connection.BeginTransactionAsync(ct);
            await queue.Commit(ct);
        }
        catch (PostgresException taken) when (taken is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: Constraint })
        {
            return; // brought twice at the same moment: the other one's effect stands
        }
        finally
        {
            if (queue.Transaction is not null)
                await queue.Transaction.DisposeAsync();
        }
        if (queue.HasAppends)
            log.Committed();
    }
}
