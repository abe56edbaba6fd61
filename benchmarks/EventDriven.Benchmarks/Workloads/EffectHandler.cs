using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>One insert per message, a statement of its own.</summary>
internal sealed class EffectHandler(Handled handled) : IMessageHandler<OrderPlaced>
{
    public const string CountAll = "select count(*) from effects";

    /// <summary>Counts those of them that were inserted after the first ones, as nothing else draws from their sequence.</summary>
    public static string CountAfter(int first) => $"select count(*) from effects where id > {first}";

    public static Sql Insert(OrderPlaced message) => new("insert into effects (seq, data) values ($1, $2::jsonb)", message.Seq, Payload.Row);

    public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
    {
        handled.Count();
        context.Execute(Insert(message));
        return Task.CompletedTask;
    }
}

/// <summary>One insert per message, as a row of the statement that its batch shares.</summary>
internal sealed class EffectRowHandler(Handled handled) : IMessageHandler<OrderPlaced>
{
    private static readonly RowsStatement<OrderPlaced> Insert =
        new RowsStatement<OrderPlaced>("insert into effects (seq, data) select seq, data::jsonb from unnest($1, $2) e (seq, data)").With(m => m.Seq).With(_ => Payload.Row);

    public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
    {
        handled.Count();
        context.Execute(Insert, message);
        return Task.CompletedTask;
    }
}
