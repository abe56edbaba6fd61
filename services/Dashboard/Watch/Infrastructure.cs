using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventDriven.Messaging;
using Npgsql;

namespace EventDriven.Dashboard.Watch;

/// <summary>A part of the system that is no service of ours.</summary>
internal interface IPart
{
    string Name { get; }

    Task<ServiceHealth> Probe(CancellationToken ct);
}

internal sealed class KafkaPart(IProducer<string, byte[]> producer, KafkaSecurity security, Action<IClient, string>? tokens) : IPart, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private readonly IAdminClient _admin = new DependentAdminClientBuilder(producer.Handle).Build();
    private bool _disposed;

    public string Name => "kafka";

    // The client's metadata call blocks its thread.
    public Task<ServiceHealth> Probe(CancellationToken ct) => Task.Factory.StartNew(Ask, ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Up to where each partition goes, as far as the broker tells.</summary>
    public async Task<IReadOnlyDictionary<(string Topic, int Partition), long>> Ends(IEnumerable<(string Topic, int Partition)> partitions)
    {
        try
        {
            var answer = await _admin.ListOffsetsAsync(
                partitions.Select(partition => new TopicPartitionOffsetSpec
                {
                    TopicPartition = new TopicPartition(partition.Topic, partition.Partition),
                    OffsetSpec = OffsetSpec.Latest(),
                }), new ListOffsetsOptions { RequestTimeout = Patience });
            return answer.ResultInfos.Select(static info => info.TopicPartitionOffsetError).Where(static end => !end.Error.IsError)
                .ToDictionary(static end => (end.Topic, end.Partition.Value), static end => end.Offset.Value);
        }
        catch (KafkaException)
        {
            // Its health says what is the matter with the broker.
            return new Dictionary<(string, int), long>();
        }
    }

    /// <summary>How far a group has told the broker that it is, and where its partitions end; null when the broker knows nothing of it.</summary>
    public Task<SubscriptionStatus?> Group(string name, CancellationToken ct) =>
        Task.Factory.StartNew(() => AskGroup(name), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Our topics with their numbers of partitions, as far as the broker tells.</summary>
    public IReadOnlyDictionary<string, int> Topics() => OurTopics(_admin.GetMetadata(Patience)).ToDictionary(static topic => topic.Topic, static topic => topic.Partitions.Count);

    /// <summary>A client that reads, on the brokers that the producer has found, and joins no group.</summary>
    public IConsumer<byte[]?, byte[]?> Reader(string group)
    {
        var brokers = string.Join(',', _admin.GetMetadata(Patience).Brokers.Select(static broker => $"{broker.Host}:{broker.Port}"));
        var builder = new ConsumerBuilder<byte[]?, byte[]?>(security.Secure(new ConsumerConfig
        {
            BootstrapServers = brokers,
            GroupId = group, // asked for its offsets; nobody subscribes
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            AllowAutoCreateTopics = false,
            FetchWaitMaxMs = 50,
            FetchMaxBytes = 4_000_000,
            QueuedMaxMessagesKbytes = 4_096,
        })).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { });
        if (tokens is not null)
            builder.SetOAuthBearerTokenRefreshHandler(tokens);
        var reader = builder.Build();
        tokens?.Invoke(reader, ""); // its handler is only called by a consumer that is polled
        return reader;
    }

    // The container knows it under two names and disposes it under both, the second time after the producer it borrows from.
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
            _admin.Dispose();
    }

    // Topics with two underscores are the broker's own.
    private static bool IsOurs(TopicMetadata topic) => !topic.Topic.StartsWith("__", StringComparison.Ordinal);

    private static IEnumerable<TopicMetadata> OurTopics(Metadata metadata) => metadata.Topics.Where(IsOurs);

    private SubscriptionStatus? AskGroup(string name)
    {
        try
        {
            using var reader = Reader(name);
            var places = from topic in Topics()
                         from partition in Enumerable.Range(0, topic.Value)
                         select new TopicPartition(topic.Key, partition);
            List<PartitionStatus> partitions = [.. from place in reader.Committed(places, Patience)
                                                   where place.Offset.Value >= 0
                                                   select new PartitionStatus(place.Topic, place.Partition.Value, place.Offset.Value, reader.QueryWatermarkOffsets(place.TopicPartition, Patience).High.Value)];
            return partitions.Count == 0 ? null : new SubscriptionStatus(name, SubscriptionStatus.Unheard, null, 0, partitions.Sum(static partition => Math.Max(0, partition.End - partition.Next)))
            {
                Topics = [.. partitions.Select(static partition => partition.Topic).Distinct()],
                Partitions = partitions,
            };
        }
        catch (KafkaException)
        {
            // Its health says what is the matter with the broker.
            return null;
        }
    }

    private ServiceHealth Ask()
    {
        try
        {
            var metadata = _admin.GetMetadata(Patience);
            var topics = OurTopics(metadata).Count();
            return new(Condition.Up, $"brokers: {metadata.Brokers.Count}, topics: {topics}");
        }
        catch (KafkaException e)
        {
            return new(Condition.Down, e.Error.Reason);
        }
    }
}

internal sealed class PostgresPart(NpgsqlDataSource database) : IPart
{
    public string Name => "postgres";

    public async Task<ServiceHealth> Probe(CancellationToken ct)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(ct);
            return new(Condition.Up, null);
        }
        catch (NpgsqlException e)
        {
            return new(Condition.Down, e.Message);
        }
    }
}
