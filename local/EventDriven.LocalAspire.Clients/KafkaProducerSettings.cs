using Confluent.Kafka;

namespace Aspire.Confluent.Kafka;

/// <summary>Bound from <c>Aspire:Confluent:Kafka:Producer</c>, then its sub-section of the connection's name, then the connection string.</summary>
public sealed class KafkaProducerSettings
{
    public string? ConnectionString { get; set; }

    public ProducerConfig Config { get; } = new();

    public bool DisableMetrics { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }
}
