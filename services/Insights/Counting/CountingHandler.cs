using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Insights.Counting;

/// <summary>Counts whatever comes. What it writes is added, in the message's transaction, so each message is in the totals once.</summary>
internal sealed class CountingHandler : IMessageHandler<object>
{
    private static readonly Figure InNoFigure = new("");

    private static readonly RowsStatement<Addition> Add =
        new RowsStatement<Addition>("insert into insights.additions (source, figure, currency, amount, recorded_at) select * from unnest($1, $2, $3, $4, $5)")
            .With(a => a.Source).With(a => a.Figure.Name).With(a => a.Figure.Currency).With(a => a.Figure.Amount).With(a => a.RecordedAt);

    public Task Handle(object message, MessageContext context, CancellationToken ct)
    {
        context.Execute(Add, new(context.Source, Figure.Of(message) ?? InNoFigure, context.RecordedAt));
        return Task.CompletedTask;
    }

    private sealed record Addition(string Source, Figure Figure, DateTimeOffset RecordedAt);
}
