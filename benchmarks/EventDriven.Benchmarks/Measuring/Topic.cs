using Confluent.Kafka;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>A topic of this repetition's own.</summary>
internal static class Topic
{
    /// <summary>As many as the in-memory broker gives to every topic.</summary>
    public const int Partitions = 4;

    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);

    public static async Task<string> Make(int partitions = Partitions)
    {
        var name = "t" + Guid.CreateVersion7().ToString("N");
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Servers.Kafka }).SetLogHandler((_, _) => { }).Build();
        if (IsApache) // the in-memory broker makes a topic when it is asked about
            await admin.CreateTopicsAsync([new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }]);
        using var patience = new CancellationTokenSource(AnswersWithin);
        while (admin.GetMetadata(name, AnswersWithin).Topics.Single() is not { Error.Code: ErrorCode.NoError, Partitions.Count: > 0 })
            await Task.Delay(50, patience.Token);
        return name;
    }

    public static bool IsApache { get; } = Environment.GetEnvironmentVariable("BENCH_BROKER") is not "memory";

    public static IEnumerable<TopicPartition> PartitionsOf(string topic, int partitions = Partitions) =>
        Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p));
}
