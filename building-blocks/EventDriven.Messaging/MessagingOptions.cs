using System.ComponentModel.DataAnnotations;

namespace EventDriven.Messaging;

/// <summary>How a service talks to the broker. Section <c>Messaging</c>.</summary>
public sealed class MessagingOptions : IValidatableObject
{
    /// <summary>The broker's <c>host:port</c> list.</summary>
    /// <value>Taken from the connection string <c>kafka</c>.</value>
    [Required(AllowEmptyStrings = false, ErrorMessage = "Connection string 'kafka' is missing: run the service through EventDriven.AppHost, or set ConnectionStrings__kafka to host:port.")]
    public string Broker { get; set; } = "";

    /// <summary>How the service and the broker know each other.</summary>
    /// <value>Default: in clear, for a machine of one's own.</value>
    public KafkaSecurity Security { get; set; } = new();

    /// <summary>After how many milliseconds without a sign of life others take over a process' partitions. Event Hubs asks for 30,000.</summary>
    /// <value>Default 10,000 ms; Apache Kafka takes no less than 6,000. Without meaning where the broker assigns partitions: it is the broker's to say there.</value>
    [Range(2_000, 300_000)]
    public int SessionTimeoutMs { get; set; } = 10_000;

    /// <summary>How long the broker may hold an empty fetch. Low on the in-memory broker, which holds it even when data comes.</summary>
    /// <value>Default 500 ms.</value>
    [Range(1, 30_000)]
    public int FetchWaitMs { get; set; } = 500;

    /// <summary>Lets the broker assign partitions (KIP-848, Apache Kafka 4) instead of the members of the group among themselves.</summary>
    /// <value>Default false: the classic protocol, cooperative-sticky, which every broker knows.</value>
    public bool BrokerAssignsPartitions { get; set; }

    /// <summary>
    /// How many keys of one subscription are worked on at once; each lane is one database connection. Handlers that only queue statements are fastest
    /// with a lane per core, those that wait for answers with more.
    /// </summary>
    /// <value>Default 4.</value>
    [Range(1, 64)]
    public int Lanes { get; set; } = 4;

    /// <summary>How many messages share one transaction at most.</summary>
    /// <value>Default 500.</value>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 500;

    /// <summary>How often a failing message is tried before it is a dead letter; the pauses double from 100 ms to 30 s.</summary>
    /// <value>Default 8: about 13 s.</value>
    [Range(1, 1_000)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>How many events the relay has on their way to the broker at most.</summary>
    /// <value>Default 1,000.</value>
    [Range(1, 100_000)]
    public int RelayBatchSize { get; set; } = 1_000;

    /// <summary>How many messages a second the backfill gives at most, so that it never costs the service its own work.</summary>
    /// <value>Default 2,000.</value>
    [Range(1, 1_000_000)]
    public int BackfillMessagesPerSecond { get; set; } = 2_000;

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext) => Security.Problems().Select(problem => new ValidationResult(problem));
}
