using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>One insert per message.</summary>
internal sealed class EffectHandler(Handled handled) : IMessageHandler<OrderPlaced>
{
    public static Sql Insert(OrderPlaced message) => new("insert into effects (seq, data) values ($1, $2::jsonb)", message.Seq, Payload.Row);

    public Task Handle(OrderPlaced message, MessageContext context, CancellationToken ct)
    {
        handled.Count();
        context.Execute(Insert(message));
        return Task.CompletedTask;
    }
}
