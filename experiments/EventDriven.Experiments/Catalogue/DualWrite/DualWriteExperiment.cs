using Confluent.Kafka;
using EventDriven.Experiments.Laboratory;
using EventDriven.Experiments.Results;
using EventDriven.Log;
using EventDriven.Messaging;

namespace EventDriven.Experiments.Catalogue.DualWrite;

/// <summary>
/// A writer is killed again and again while it works. Once it saves and then publishes, once it appends to the log. Afterwards state and
/// topic are compared.
/// </summary>
internal sealed class DualWriteExperiment : IExperiment
{
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(60);

    public string Name => "dual-write";

    public string Title => "Save, then publish: what a crash in between loses";

    public string Story =>
        "A service saves an order and then publishes an event about it. Between the two it can be killed, and then the order is there and nobody hears of it. "
        + "With a log there is one write, and what is published is read from it.";

    public IReadOnlyList<Claim> Claims { get; } =
    [
        new("Save-then-publish loses events when its process is killed", "lost by save-then-publish", Side.AtLeast, 1, "events"),
        new("The log loses none", "lost by the log", Side.Exactly, 0, "events"),
        new("The log publishes nothing that was not saved", "invented by the log", Side.Exactly, 0, "events"),
    ];

    public async Task<Observations> Run(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct);
        var kills = lab.Pick(12, 60);
        var (naive, log) = (await Kill(lab, OrderWriter.SaveThenPublish, kills, ct), await Kill(lab, OrderWriter.Append, kills, ct));
        return new()
        {
            Chart = new Chart($"Orders after {kills} kills of their writer", "", "orders",
            [
                new("saved", [new(0, naive.Saved), new(1, log.Saved)]),
                new("saved, and nobody heard", [new(0, naive.Lost), new(1, log.Lost)]),
            ])
            { Bars = ["save, then publish", "one log"] },
            Measures =
            {
                ["kills"] = kills,
                ["saved by save-then-publish"] = naive.Saved,
                ["lost by save-then-publish"] = naive.Lost,
                ["saved by the log"] = log.Saved,
                ["lost by the log"] = log.Lost,
                ["invented by the log"] = log.Invented,
            },
        };
    }

    private static async Task<(int Saved, int Lost, int Invented)> Kill(Lab lab, string way, int kills, CancellationToken ct)
    {
        var name = await LabService.Prepare(lab, schema: "create table orders (id uuid primary key); grant select, insert on orders to \"$service$\"");
        // The schema of the log is there before the first writer is killed.
        await using (await LabService.Start(lab, name, OrderWriter.Types(name), ct: ct))
        {
        }
        for (var kill = 1; kill <= kills; kill++)
        {
            lab.Say($"{way}: kill {kill} of {kills}");
            using var writer = ChildProcess.Start(["order-writer", way], new Dictionary<string, string>
            {
                [OrderWriter.PostgresVariable] = lab.Postgres,
                [OrderWriter.KafkaVariable] = lab.Kafka,
                [OrderWriter.NameVariable] = name,
            });
            if (await writer.Line(ct) is null)
                throw new InvalidOperationException($"The writer that does {way} has ended before it wrote anything.");
            await Task.Delay(Random.Shared.Next(20, 120), ct); // when is chance's business
            await writer.Kill(ct);
            await lab.Plot($"orders saved, {way}", lab.Scalar(name, "select count(*) from orders"));
        }

        await using var service = await LabService.Start(lab, name, OrderWriter.Types(name), builder => builder.AddMessaging(), ct: ct);
        if (way == OrderWriter.Append)
            await Until.Get(() => lab.Unrelayed(name), left => left == 0, "everything is relayed", SettlesWithin, ct);
        var saved = await Saved(service, ct);
        var heard = Heard(lab.Kafka, name + ".events");
        return (saved.Count, saved.Except(heard).Count(), heard.Except(saved).Count());
    }

    private static async Task<HashSet<Guid>> Saved(LabService service, CancellationToken ct)
    {
        await using var command = service.Database.CreateCommand("select id from orders");
        await using var row = await command.ExecuteReaderAsync(ct);
        HashSet<Guid> saved = [];
        while (await row.ReadAsync(ct))
            saved.Add(row.GetGuid(0));
        return saved;
    }

    private static HashSet<Guid> Heard(string broker, string topic)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker,
            GroupId = topic,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
        }).Build();
        consumer.Subscribe(topic);
        var (ended, heard) = (new HashSet<TopicPartition>(), new HashSet<Guid>());
        while (consumer.Assignment.Count == 0 || ended.Count < consumer.Assignment.Count)
        {
            var read = consumer.Consume(SettlesWithin) ?? throw new TimeoutException($"Topic {topic} could not be read to its end.");
            if (read.IsPartitionEOF)
                ended.Add(read.TopicPartition);
            else
                heard.Add(StreamName.Parse(read.Message.Key).Id);
        }
        return heard;
    }
}
