namespace EventDriven.AppHost;

/// <summary>The broker as a process: Apache Kafka where KAFKA_HOME names one, else in memory.</summary>
internal sealed class KafkaProcess(string name, string command, string workingDirectory, string? kafkaHome)
    : ExecutableResource(name, command, workingDirectory), IResourceWithConnectionString
{
    public string KafkaHome { get; } = kafkaHome ?? "";

    public bool IsInMemory => KafkaHome.Length == 0;

    // Not "localhost": it may stand for an address on which the broker does not listen.
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"{Endpoint.Property(EndpointProperty.IPV4Host)}:{Endpoint.Property(EndpointProperty.Port)}");

    private EndpointReference Endpoint => new(this, "tcp");
}
