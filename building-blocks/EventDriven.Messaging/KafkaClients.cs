using Azure.Core;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging;

/// <summary>The settings of every Kafka client, in one place.</summary>
internal sealed partial class KafkaClients(IOptions<MessagingOptions> options, TokenCredential credential, ILogger<KafkaClients> logger)
{
    private readonly MessagingOptions _options = options.Value;
    private readonly Action<IClient, string>? _tokens = options.Value.Security.Tokens(credential);

    /// <summary>A producer that waits out any outage of the broker and never reorders or doubles within its life.</summary>
    public ProducerBuilder<string, byte[]> Producer()
    {
        var builder = new ProducerBuilder<string, byte[]>(Common(new ProducerConfig
        {
            Acks = Acks.All,
            EnableIdempotence = true,
            EnableGaplessGuarantee = true, // what follows a refused message is not sent either
            DeliveryReportFields = "status",
            MessageTimeoutMs = 0,
            LingerMs = 0,
            Partitioner = Partitioner.Murmur2Random,
            CompressionType = CompressionType.None,
            MessageMaxBytes = 1_000_000,
            RequestTimeoutMs = 60_000, // Event Hubs asks for as much
            TopicMetadataPropagationMaxMs = 5_000, // topics are made long before: one that is not there is a refusal
        })).SetLogHandler((_, line) => Said(line.Name, line.Facility, line.Message));
        return _tokens is null ? builder : builder.SetOAuthBearerTokenRefreshHandler(_tokens);
    }

    public ConsumerBuilder<byte[]?, byte[]?> Consumer(string subscription)
    {
        var builder = new ConsumerBuilder<byte[]?, byte[]?>(Common(new ConsumerConfig
        {
            GroupId = subscription,
            GroupProtocol = _options.BrokerAssignsPartitions ? GroupProtocol.Consumer : GroupProtocol.Classic,
            PartitionAssignmentStrategy = _options.BrokerAssignsPartitions ? null : PartitionAssignmentStrategy.CooperativeSticky,
            AutoOffsetReset = AutoOffsetReset.Error, // out of range is a gap, never a silent jump
            EnableAutoOffsetStore = false, // what is handled is stored, the commit to Kafka is for the tools
            EnableAutoCommit = true,
            AutoCommitIntervalMs = 1_000,
            SessionTimeoutMs = _options.BrokerAssignsPartitions ? null : _options.SessionTimeoutMs, // there, the broker's to say
            HeartbeatIntervalMs = _options.BrokerAssignsPartitions ? null : _options.SessionTimeoutMs / 10,
            FetchWaitMaxMs = _options.FetchWaitMs,
            FetchQueueBackoffMs = 10,
            QueuedMaxMessagesKbytes = 8_192,
            AllowAutoCreateTopics = false,
            TopicMetadataRefreshIntervalMs = 30_000,
        })).SetLogHandler((_, line) => Said(line.Name, line.Facility, line.Message));
        return _tokens is null ? builder : builder.SetOAuthBearerTokenRefreshHandler(_tokens);
    }

    /// <summary>A consumer that subscribes to nothing and so joins no group: for what is asked of a partition.</summary>
    public IConsumer<byte[]?, byte[]?> Reader(string subscription)
    {
        var reader = Consumer(subscription).Build();
        _tokens?.Invoke(reader, ""); // it would ask for its token only while it is polled
        return reader;
    }

    // Event Hubs closes what was idle for 4 minutes: so that nobody meets that, it is closed here before.
    private TConfig Common<TConfig>(TConfig config) where TConfig : ClientConfig
    {
        config.BootstrapServers = _options.Broker;
        config.SocketKeepaliveEnable = true;
        config.ConnectionsMaxIdleMs = 180_000;
        config.MetadataMaxAgeMs = 180_000;
        config.ReconnectBackoffMaxMs = 2_000;
        return _options.Security.Secure(config);
    }

    // What matters of it comes back as an error or a report and is shown by whoever uses the client.
    [LoggerMessage(LogLevel.Debug, "{Client} {Facility}: {Message}")]
    private partial void Said(string client, string facility, string message);
}
