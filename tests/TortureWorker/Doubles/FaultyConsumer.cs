using System.Globalization;
using System.Text;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.TortureWorker.Handling;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.TortureWorker.Doubles;

/// <summary>
/// Two faulty doubles of a subscription. Without marks it is the usual at-least-once consumer: handle, then commit the offset. With marks
/// it keeps an inbox, but no epoch: it believes to own a partition until it is told otherwise.
/// </summary>
internal sealed class FaultyConsumer(
    bool hasMarks, NpgsqlDataSource database, IOptions<WorkerOptions> options, IConfiguration configuration, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Gathers = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(50);
    private readonly WorkerOptions _worker = options.Value;
    private readonly Dictionary<string, long> _marks = [];

    private string Group => Contract.Group(Contract.Steady, _worker.Service);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Consume(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Consume(CancellationToken ct)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = configuration.GetConnectionString("kafka"),
            GroupId = Group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoOffsetStore = false,
            AutoCommitIntervalMs = 5_000, // the client's default
            SessionTimeoutMs = 6_000, // the least that the broker takes: a short stop is enough
            HeartbeatIntervalMs = 500,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        }).SetPartitionsAssignedHandler((_, _) => _marks.Clear()).Build();
        consumer.Subscribe(Contract.Topic(_worker.Source));
        while (!ct.IsCancellationRequested)
        {
            var gathered = Gather(consumer, ct);
            foreach (var message in gathered)
                HandleUntilDone(message, ct);
            foreach (var last in gathered.GroupBy(m => m.TopicPartition).Select(p => p.Last()))
                Store(consumer, last);
        }
        consumer.Close();
    }

    /// <summary>There is always something in hand: what a stop or a kill is to hit.</summary>
    private List<ConsumeResult<string, byte[]>> Gather(IConsumer<string, byte[]> consumer, CancellationToken ct)
    {
        List<ConsumeResult<string, byte[]>> gathered = [];
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < Gathers && !ct.IsCancellationRequested;)
        {
            if (consumer.Consume(PollTime) is not { } message)
                continue;
            gathered.Add(message);
            if (hasMarks)
                Mark(message); // what it believes from now on
        }
        return gathered;
    }

    private void HandleUntilDone(ConsumeResult<string, byte[]> message, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                Handle(message);
                return;
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage))
            {
                ct.WaitHandle.WaitOne(PollTime);
            }
        }
    }

    private void Handle(ConsumeResult<string, byte[]> message)
    {
        if (Header(message, "ce_type") != Contract.CountedName(_worker.Source))
            return;
        var (stream, id) = (Header(message, "ce_subject"), Guid.Parse(Header(message, "ce_id")));
        var sequence = long.Parse(Header(message, "ce_sequence"), CultureInfo.InvariantCulture);
        if (hasMarks && sequence <= Mark(message))
            return;

        using var connection = database.OpenConnection();
        using var transaction = connection.BeginTransaction();
        Execute(connection, Effect.Of(Contract.Steady, stream, id, _worker.Name));
        if (hasMarks)
            Execute(connection, new("""
                insert into inbox.marks (subscription, topic, source, stream, accepted, message_id, log_id) values ($1, $2, $3, $4, $5, $6, $7)
                on conflict (subscription, topic, source, stream) do update set accepted = excluded.accepted, message_id = excluded.message_id
                """, Group, message.Topic, Header(message, "ce_source"), stream, sequence, id, Guid.Parse(Header(message, "ce_logid"))));
        transaction.Commit();
        _marks[stream] = sequence;
    }

    private long Mark(ConsumeResult<string, byte[]> message)
    {
        var stream = Header(message, "ce_subject");
        if (_marks.TryGetValue(stream, out var known))
            return known;
        using var connection = database.OpenConnection();
        using var read = new NpgsqlCommand("select accepted from inbox.marks where subscription = $1 and topic = $2 and stream = $3", connection);
        foreach (var value in (string[])[Group, message.Topic, stream])
            read.Parameters.Add(new() { Value = value });
        return _marks[stream] = read.ExecuteScalar() as long? ?? 0;
    }

    private static void Store(IConsumer<string, byte[]> consumer, ConsumeResult<string, byte[]> handled)
    {
        try
        {
            consumer.StoreOffset(handled);
        }
        catch (KafkaException)
        {
            // The partition has gone to somebody else.
        }
    }

    private static void Execute(NpgsqlConnection connection, Sql sql)
    {
        using var command = new NpgsqlCommand(sql.Text, connection);
        foreach (var value in sql.Parameters)
            command.Parameters.Add(new() { Value = value });
        command.ExecuteNonQuery();
    }

    private static string Header(ConsumeResult<string, byte[]> message, string name) => Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes(name));
}

internal static class FaultyConsumerRegistration
{
    public static void AddFaultyConsumer(this IHostApplicationBuilder builder, bool hasMarks) =>
        builder.Services.AddHostedService(s => ActivatorUtilities.CreateInstance<FaultyConsumer>(s, hasMarks));
}
