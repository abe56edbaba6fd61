using Confluent.Kafka;

namespace EventDriven.Dashboard.Tests.Watch;

/// <summary>The client library's own broker for tests, which lives as long as the producer that it comes with.</summary>
internal static class MockBroker
{
    public static IProducer<string, byte[]> Start()
    {
        var config = new ProducerConfig { BootstrapServers = "ignored" };
        config.Set("test.mock.num.brokers", "1");
        return new ProducerBuilder<string, byte[]>(config).SetLogHandler(static (_, _) => { }).Build();
    }
}
