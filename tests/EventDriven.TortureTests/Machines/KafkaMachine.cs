using System.Globalization;
using System.Runtime.InteropServices;
using Aspire.Hosting.Engine;
using Confluent.Kafka;
using EventDriven.AppHost;

namespace EventDriven.TortureTests.Machines;

/// <summary>One node of Apache Kafka.</summary>
internal sealed class KafkaMachine(string home, string directory, string logs, Watcher watcher)
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(2);

    private readonly int _port = FreePort.Next();
    private readonly int _controllerPort = FreePort.Next();
    private Child? _broker;

    public string Address => $"127.0.0.1:{_port}";

    public async Task Start(CancellationToken ct)
    {
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        _broker = Child.Start(dotnet,
            [
                Path.Combine(AppContext.BaseDirectory, "EventDriven.LocalKafka.dll"),
                _port.ToString(CultureInfo.InvariantCulture), _controllerPort.ToString(CultureInfo.InvariantCulture), directory,
            ],
            new Dictionary<string, string> { ["KAFKA_HOME"] = home }, Path.Combine(logs, "kafka.log"), watcher);
        using var admin = Admin();
        if (!await Until.Holds(() => Task.Run(() => admin.GetMetadata(AnswersWithin).Brokers.Count > 0, ct), StartsWithin, ct))
            throw new InvalidOperationException($"Apache Kafka did not start; its log is in {logs}.");
    }

    public Task Kill() => _broker!.End(Signal.Kill);

    public async Task MakeTopic(string topic, int partitions)
    {
        using var admin = Admin();
        await admin.CreateTopicsAsync([new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
    }

    /// <summary>The topic loses all it holds, as after its retention. Returns how much that was.</summary>
    public async Task<long> Forget(string topic)
    {
        using var admin = Admin();
        var partitions = admin.GetMetadata(topic, AnswersWithin).Topics.Single().Partitions;
        var forgotten = await admin.DeleteRecordsAsync(partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.End)));
        return forgotten.Sum(p => p.Offset.Value);
    }

    private IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Address, ReconnectBackoffMaxMs = 500 })
        .SetLogHandler((_, _) => { }).Build();
}
