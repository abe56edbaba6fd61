using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace EventDriven.Experiments.Laboratory;

/// <summary>A topic as it is on the broker, and two things that happen to topics in real life.</summary>
internal static class Wire
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(30);

    /// <summary>Everything that is on a topic now.</summary>
    public static List<ConsumeResult<string, byte[]>> ReadAll(Lab lab, string topic)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = lab.Kafka,
            GroupId = $"reads-{topic}-{Guid.CreateVersion7():N}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnablePartitionEof = true,
            EnableAutoCommit = false,
            FetchWaitMaxMs = 10,
        }).Build();
        consumer.Subscribe(topic);
        var (ended, messages) = (new HashSet<TopicPartition>(), new List<ConsumeResult<string, byte[]>>());
        while (consumer.Assignment.Count == 0 || ended.Count < consumer.Assignment.Count)
        {
            var read = consumer.Consume(AnswersWithin) ?? throw new TimeoutException($"Topic {topic} could not be read to its end.");
            if (read.IsPartitionEOF)
                ended.Add(read.TopicPartition);
            else
                messages.Add(read);
        }
        return messages;
    }

    /// <summary>Sends messages again as they were: what a relay does that was killed after sending and before remembering.</summary>
    public static async Task SendAgain(Lab lab, IEnumerable<ConsumeResult<string, byte[]>> messages)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = lab.Kafka, Acks = Acks.All, EnableIdempotence = true }).Build();
        await Task.WhenAll(messages.Select(m => producer.ProduceAsync(m.TopicPartition, m.Message)));
    }

    /// <summary>Has the broker drop all that a topic holds, as its retention does some day. Only Apache Kafka can; whether it did.</summary>
    public static async Task<bool> Forget(Lab lab, string topic)
    {
        if (!lab.IsApacheKafka)
            return false;
        var partitions = ReadAll(lab, topic).GroupBy(m => m.TopicPartition).Select(p => new TopicPartitionOffset(p.Key, p.Max(m => m.Offset.Value) + 1)).ToArray();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = lab.Kafka }).Build();
        if (partitions.Length > 0)
            await admin.DeleteRecordsAsync(partitions, new DeleteRecordsOptions { RequestTimeout = AnswersWithin });
        return true;
    }
}
