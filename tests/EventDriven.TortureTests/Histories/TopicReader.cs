using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace EventDriven.TortureTests.Histories;

/// <summary>Reads a whole topic, with a client that knows nothing of the system.</summary>
internal static class TopicReader
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);

    public static List<WireRow> Read(string broker, string topic)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker,
            GroupId = "torture-reader",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = admin.GetMetadata(topic, AnswersWithin).Topics.Single().Partitions;
        consumer.Assign(partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.Beginning)));

        List<WireRow> rows = [];
        for (var open = partitions.Count; open > 0;)
        {
            var read = consumer.Consume(AnswersWithin) ?? throw new TimeoutException($"The broker did not give all of {topic}.");
            if (read.IsPartitionEOF)
                open--;
            else
                rows.Add(new(read.Partition.Value, read.Offset.Value, read.Message.Key,
                    long.Parse(Header(read, "ce_sequence"), CultureInfo.InvariantCulture), Guid.Parse(Header(read, "ce_id"))));
        }
        return rows;
    }

    private static string Header(ConsumeResult<string, byte[]> read, string name) => Encoding.UTF8.GetString(read.Message.Headers.GetLastBytes(name));
}
