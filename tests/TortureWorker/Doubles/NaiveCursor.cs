using System.Globalization;
using System.Text;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Database;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.TortureWorker.Doubles;

/// <summary>
/// A faulty double of the relay: reads <c>id &gt; checkpoint</c>. An id is drawn before commit, so whoever commits after a later id was
/// read is never read.
/// </summary>
internal sealed class NaiveCursor(EventLog log, NpgsqlDataSource database, IOptions<WorkerOptions> worker, IConfiguration configuration, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig
        {
            BootstrapServers = configuration.GetConnectionString("kafka"),
            EnableIdempotence = true,
            Partitioner = Partitioner.Murmur2Random,
        }).Build();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stoppingToken);
                await PublishNext(connection, producer, stoppingToken);
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage) || outage is KafkaException)
            {
                // The database or the broker is away: it goes on from its checkpoint.
            }
            await Task.Delay(Poll, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PublishNext(NpgsqlConnection connection, IProducer<string, byte[]> producer, CancellationToken ct)
    {
        List<(long Id, Message<string, byte[]> Message)> next = [];
        await using (var read = new NpgsqlCommand("""
            select e.id, e.stream, e.message_id, e.type, e.sequence, e.log_id, e.correlation_id, e.data from log.events e
            where e.id > (select id from public.naive_cursor) and e.topic is not null order by e.id limit 500
            """, connection))
        await using (var row = await read.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
                next.Add((row.GetInt64(0), Message(row)));
        }
        if (next.Count == 0)
            return;
        await Task.WhenAll(next.Select(n => producer.ProduceAsync(Contract.Topic(worker.Value.Source), n.Message, ct)));
        await using var move = new NpgsqlCommand("update public.naive_cursor set id = $1", connection) { Parameters = { new() { Value = next[^1].Id } } };
        await move.ExecuteNonQueryAsync(ct);
    }

    private Message<string, byte[]> Message(NpgsqlDataReader row)
    {
        Headers headers = [];
        Add("ce_specversion", "1.0");
        Add("ce_id", row.GetGuid(2).ToString());
        Add("ce_source", log.Source);
        Add("ce_type", row.GetString(3));
        Add("ce_subject", row.GetString(1));
        Add("ce_partitionkey", row.GetString(1));
        Add("ce_sequence", row.GetInt64(4).ToString("D19", CultureInfo.InvariantCulture));
        Add("ce_logid", row.GetGuid(5).ToString());
        Add("ce_correlationid", row.GetGuid(6).ToString());
        Add("content-type", "application/json");
        return new() { Key = row.GetString(1), Value = row.GetFieldValue<byte[]>(7), Headers = headers };

        void Add(string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));
    }
}

internal static class NaiveCursorRegistration
{
    /// <summary>One process of the service relays.</summary>
    public static void AddNaiveCursor(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration["Torture:Name"] == "writer-1")
            builder.Services.AddHostedService<NaiveCursor>();
    }
}
