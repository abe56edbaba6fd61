using Confluent.Kafka;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>Puts messages on a topic before anything is measured.</summary>
internal static class Preload
{
    /// <summary>Compressed, because the in-memory broker keeps 5 MB a partition and forgets the rest.</summary>
    public static void Send(string topic, IEnumerable<Message<string, byte[]>> messages)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig
        {
            BootstrapServers = Servers.Kafka,
            EnableIdempotence = true,
            CompressionType = CompressionType.Lz4,
            LingerMs = 5,
            Partitioner = Partitioner.Murmur2Random,
        }).Build();
        string? refused = null;
        foreach (var message in messages)
        {
            while (!TryProduce(message))
                producer.Poll(TimeSpan.FromMilliseconds(100)); // its queue is full
        }
        if (producer.Flush(TimeSpan.FromMinutes(2)) > 0 || refused is not null)
            throw new InvalidOperationException($"The topic could not be filled: {refused ?? "no answer"}");

        bool TryProduce(Message<string, byte[]> message)
        {
            try
            {
                producer.Produce(topic, message, report => refused = report.Error.IsError ? report.Error.Reason : refused);
                return true;
            }
            catch (ProduceException<string, byte[]> full) when (full.Error.Code is ErrorCode.Local_QueueFull)
            {
                return false;
            }
        }
    }
}
