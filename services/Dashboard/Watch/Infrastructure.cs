using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Npgsql;

namespace EventDriven.Dashboard.Watch;

/// <summary>A part of the system that is no service of ours.</summary>
internal interface IPart
{
    string Name { get; }

    Task<ServiceHealth> Probe(CancellationToken ct);
}

internal sealed class KafkaPart(IProducer<string, byte[]> producer) : IPart, IDisposable
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

    // The container knows it under two names and disposes it under both, the second time after the producer it borrows from.
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
            _admin.Dispose();
    }

    // Topics with two underscores are the broker's own.
    private static bool IsOurs(TopicMetadata topic) => !topic.Topic.StartsWith("__", StringComparison.Ordinal);

    private ServiceHealth Ask()
    {
        try
        {
            var metadata = _admin.GetMetadata(Patience);
            var topics = metadata.Topics.Count(IsOurs);
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
