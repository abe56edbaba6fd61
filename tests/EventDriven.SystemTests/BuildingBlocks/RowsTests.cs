using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>Handlers give rows to one statement; what each message may cost stays its own.</summary>
[Collection("in-memory broker")]
public sealed class RowsTests(InMemorySystem system) : SubscriptionTest(system)
{
    private const int Refused = -1, Fails = -2, Empties = -3;

    [Fact]
    public async Task Rows_of_a_batch_are_one_statement_and_each_message_has_its_effect_once()
    {
        var numbers = Enumerable.Range(1, 100).ToArray();
        var stream = await Handle(numbers);

        await HasEffects(stream, numbers);
        var statements = await Service.Scalar("select count(distinct (xmin::text, cmin::text)) from effects");
        Assert.InRange(statements, 1, 5); // as many as there were batches
        await Reconciles();
    }

    [Fact]
    public async Task A_statement_between_rows_runs_between_them()
    {
        var stream = await Handle(1, 2, Empties, 4, 5);

        await HasEffects(stream, Empties, 4, 5);
    }

    [Theory]
    [InlineData(Refused)]
    [InlineData(Fails)]
    public async Task A_row_that_is_refused_and_a_handler_that_fails_cost_their_own_message_only(int bad)
    {
        var streams = Enumerable.Range(0, 20).Select(_ => NewStream()).ToArray();
        await Handle([.. streams.Select((stream, i) => (stream, i == 7 ? bad : i))]);

        await Eventually.Equal(19L, () => Service.Scalar("select count(*) from effects"), "effects");
        await Eventually.Equal(1L, () => CountParked("dead"), "dead letters");
        Assert.Empty(await Effects(streams[7]));
        await Reconciles();
    }

    private async Task<StreamName> Handle(params int[] numbers)
    {
        var stream = NewStream();
        await Handle([.. numbers.Select(number => (stream, number))]);
        return stream;
    }

    /// <summary>All of them are on the topic before the first is handled, so that they come in few batches.</summary>
    private async Task Handle((StreamName Stream, int Number)[] messages)
    {
        var writer = await Service.Start();
        foreach (var (stream, number) in messages)
            await Append(writer, stream, number);
        await Eventually.Equal(messages.LongLength, () => Service.Scalar("select relayed from log.progress"), "relayed");
        await TestService.Stop(writer);
        await Service.Start(b => b.AddSubscription(Service.Name, Service.Types).Handle<Happened, RowHandler>());
    }

    private sealed class RowHandler : IMessageHandler<Happened>
    {
        private static readonly RowsStatement<Row> Insert =
            new RowsStatement<Row>("insert into effects (stream, number) select * from unnest($1, $2)").With(r => r.Stream).With(r => r.Number);

        public Task Handle(Happened message, MessageContext context, CancellationToken ct)
        {
            if (message.Number == Empties)
                context.Execute(new("delete from effects where stream = $1", context.Stream.ToString()));
            context.Execute(Insert, new(message.Number == Refused ? null : context.Stream.ToString(), message.Number));
            return message.Number == Fails ? throw new InvalidOperationException("it fails after it has queued its row") : Task.CompletedTask;
        }

        private sealed record Row(string? Stream, int Number);
    }
}
