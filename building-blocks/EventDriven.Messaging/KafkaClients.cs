using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging;

/// <summary>The settings of every Kafka client, in one place.</summary>
internal sealed partial class KafkaClients(IOptions<MessagingOptions> options, ILogger<KafkaClients> logger)
{
    private readonly MessagingOptions _options = options.Value;

    /// <summary>A producer that waits out any outage of the broker and never reorders or doubles within its life.</summary>
    public ProducerBuilder<string, byte[]> Producer() => new ProducerBuilder<string, byte[]>(new ProducerConfig
    {
        BootstrapServers = _options.Broker,
        Acks = Acks.All,
        EnableIdempotence = true,
        EnableGaplessGuarantee = true, // what follows a refused message is not sent either
        DeliveryReportFields = "status",
        MessageTimeoutMs = 0,
        LingerMs = 0,
        Partitioner = Partitioner.Murmur2Random,
        CompressionType = CompressionType.None,
        MessageMaxBytes = 1_000_000,
        SocketKeepaliveEnable = true,
        RequestTimeoutMs = 60_000,
        ReconnectBackoffMaxMs = 2_000,
        TopicMetadataPropagationMaxMs = 5_000, // topics are made long before: one that is not there is a refusal
    }).SetLogHandler((_, line) => Said(line.Name, line.Facility, line.Message));

    public ConsumerBuilder<byte[]?, byte[]?> Consumer(string subscription) => new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
    {
        BootstrapServers = _options.Broker,
        GroupId = subscription,
        GroupProtocol = _options.BrokerAssignsPartitions ? GroupProtocol.Consumer : GroupProtocol.Classic,
        PartitionAssignmentStrategy = _options.BrokerAssignsPartitions ? null : PartitionAssignmentStrategy.CooperativeSticky,
        AutoOffsetReset = AutoOffsetReset.Error, // out of range is a gap, never a silent jump
        EnableAutoOffsetStore = false, // what is handled is stored, the commit to Kafka is for the tools
        EnableAutoCommit = true,
        AutoCommitIntervalMs = 1_000,
        SessionTimeoutMs = _options.BrokerAssignsPartitions ? null : 10_000, // there, the broker's to say
        HeartbeatIntervalMs = _options.BrokerAssignsPartitions ? null : 1_000,
        FetchWaitMaxMs = _options.FetchWaitMs,
        FetchQueueBackoffMs = 10,
        QueuedMaxMessagesKbytes = 8_192,
        AllowAutoCreateTopics = false,
        SocketKeepaliveEnable = true,
        TopicMetadataRefreshIntervalMs = 30_000,
        ReconnectBackoffMaxMs = 2_000,
    }).SetLogHandler((_, line) => Said(line.Name, line.Facility, line.Message));

    // What matters of it comes back as an error or a report and is shown by whoever uses the client.
    [LoggerMessage(LogLevel.Debug, "{Client} {Facility}: {Message}")]
    private partial void Said(string client, string facility, string message);
}
