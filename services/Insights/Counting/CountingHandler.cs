using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Insights.Counting;

/// <summary>Counts whatever comes. What it writes is added, in the message's transaction, so each message is in the totals once.</summary>
internal sealed class CountingHandler : IMessageHandler<object>
{
    private static readonly Figure InNoFigure = new("");

    public Task Handle(object message, MessageContext context, CancellationToken ct)
    {
        var figure = Figure.Of(message) ?? InNoFigure;
        context.Execute(new("insert into insights.additions (source, figure, currency, amount, recorded_at) values ($1, $2, $3, $4, $5)",
            context.Source, figure.Name, figure.Currency, figure.Amount, context.RecordedAt.ToUniversalTime()));
        return Task.CompletedTask;
    }
}
