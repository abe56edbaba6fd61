using System.Diagnostics;
using Confluent.Kafka;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Benchmarks.Workloads;
using Npgsql;

namespace EventDriven.Benchmarks.Floors;

/// <summary>The same messages consumed raw: 500 ids and 500 effects a transaction, one statement, one connection.</summary>
internal static class RawInbox
{
    private const int Batch = 500;

    private const string Tables = """
        create table taken (id uuid primary key);
        create table effects (id bigint generated always as identity primary key, seq int not null, data jsonb not null);
        """;

    private const string TakeIn = """
        with batch as (select * from unnest($1::uuid[], $2::int[], $3::text[]) m (id, seq, data)),
        fresh as (insert into taken (id) select id from batch on conflict do nothing returning id)
        insert into effects (seq, data) select b.seq, b.data::jsonb from batch b join fresh using (id)
        """;

    public static async Task Run(Arguments arguments)
    {
        var (messages, warmup) = (arguments.Number("messages", 20_000), arguments.Number("warmup", 3_000));
        var rate = await Consume(messages, warmup);
        await new Result("inbox", "floor", new() { ["rate"] = rate }, $"{Payload.Size} B", BenchService.Versions, arguments.Command).Print("raw");
    }

    private static async Task<double> Consume(int messages, int warmup)
    {
        var all = warmup + messages;
        await Servers.FreshDatabase("raw");
        await Servers.Execute("raw", Tables);
        var topic = await Topic.Make();
        Preload.Send(topic, OrderPlaced.OnTheWire("/orders", all, all));

        await using var connection = new NpgsqlConnection(Servers.Database("raw"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(TakeIn, connection) { Parameters = { Of<Guid[]>([]), Of<int[]>([]), Of<string[]>([]) } };
        await command.PrepareAsync();
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = Servers.Kafka,
            GroupId = "floor",
            EnableAutoCommit = false,
            FetchWaitMaxMs = Servers.FetchWaitMs,
        }).Build();
        consumer.Assign(Topic.PartitionsOf(topic).Select(p => new TopicPartitionOffset(p, Offset.Beginning)));

        var (taken, started) = (0, 0L);
        List<(Guid Id, int Seq)> batch = new(Batch);
        while (taken < all)
        {
            var consumed = consumer.Consume(batch.Count == 0 ? 10_000 : 0);
            if (started == 0 && taken + batch.Count >= warmup)
                started = Stopwatch.GetTimestamp(); // at the first message that is measured, as for every side
            if (consumed is not null)
                batch.Add((Guid.Parse(System.Text.Encoding.ASCII.GetString(consumed.Message.Headers.GetLastBytes("ce_id"))), Payload.NumberIn(consumed.Message.Value)!.Value));
            else if (batch.Count == 0)
                throw new TimeoutException($"only {taken} of {all} messages came");
            if (consumed is not null && batch.Count < Batch && taken + batch.Count < all)
                continue;
            command.Parameters[0].Value = batch.Select(m => m.Id).ToArray();
            command.Parameters[1].Value = batch.Select(m => m.Seq).ToArray();
            command.Parameters[2].Value = Enumerable.Repeat(Payload.Row, batch.Count).ToArray();
            await command.ExecuteNonQueryAsync();
            taken += batch.Count;
            batch.Clear();
        }
        await Servers.Until("raw", EffectHandler.CountAfter(warmup), messages, TimeSpan.FromSeconds(10));
        var rate = messages / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await Servers.Until("raw", EffectHandler.CountAll, all, TimeSpan.FromSeconds(10));
        consumer.Close();
        return rate;
    }

    private static NpgsqlParameter Of<T>(T value) => new() { Value = value };
}
