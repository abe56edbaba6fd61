using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.TortureWorker.Handling;

/// <summary>The effect of a message: a row that says who handled it, with the next number of its stream.</summary>
internal static class Effect
{
    public static Sql Of(string subscription, string stream, Guid messageId, string worker) => new("""
        insert into public.effects (subscription, stream, number, message_id, worker)
        select $1, $2, coalesce(max(number), 0) + 1, $3, $4 from public.effects where subscription = $1 and stream = $2
        """, subscription, stream, messageId, worker);
}

/// <summary>Handles everything at once.</summary>
internal sealed class SteadyHandler(IOptions<WorkerOptions> worker) : IMessageHandler<Counted>
{
    public Task Handle(Counted message, MessageContext context, CancellationToken ct)
    {
        context.Execute(Effect.Of(Contract.Steady, context.Stream.ToString(), context.MessageId, worker.Value.Name));
        return Task.CompletedTask;
    }
}

/// <summary>Fails at poisoned messages: a number of times, or for ever.</summary>
internal sealed class PoisonedHandler(IOptions<WorkerOptions> worker, NpgsqlDataSource database) : IMessageHandler<Counted>
{
    public async Task Handle(Counted message, MessageContext context, CancellationToken ct)
    {
        context.Execute(Effect.Of(Contract.Poisoned, context.Stream.ToString(), context.MessageId, worker.Value.Name));
        if (message.Poison != 0 && (message.Poison == Counted.ForEver || await Attempt(context.MessageId, ct) <= message.Poison))
            throw new PoisonException();
    }

    // On a connection of its own: what the failing transaction writes is rolled back.
    private async Task<int> Attempt(Guid messageId, CancellationToken ct)
    {
        await using var count = database.CreateCommand("""
            insert into public.attempts values ($1, 1) on conflict (message_id) do update set attempts = attempts.attempts + 1 returning attempts
            """);
        count.Parameters.Add(new() { Value = messageId });
        return (int)(await count.ExecuteScalarAsync(ct))!;
    }
}

/// <summary>The message is poison.</summary>
internal sealed class PoisonException() : Exception("This message is poison.");
