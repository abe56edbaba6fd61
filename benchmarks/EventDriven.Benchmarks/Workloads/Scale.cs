using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>
/// Processes of one group share the keys of a topic that is full already. What they do together counts from the moment on which each
/// of them has its partitions; who used the machine meanwhile says what bounds it.
/// </summary>
internal static class Scale
{
    private const int Partitions = 12;
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(10);

    public static async Task Run(Arguments arguments)
    {
        var (messages, processes) = (arguments.Number("messages", 500_000), arguments.Number("processes", 1));
        await BenchService.Prepare(Subscriber.Service);
        var topic = await Topic.Make(Partitions);
        Preload.Send(topic, OrderPlaced.OnTheWire("/orders", messages, messages / 10));

        var group = $"scale-{topic}";
        List<ChildProcess> subscribers = [];
        try
        {
            for (var i = 0; i < processes; i++)
                subscribers.Add(Subscriber.Start(topic, group));
            await Shared(group, processes);
            var (before, started) = (CpuUse.Now(subscribers), Stopwatch.GetTimestamp());
            var done = await Servers.Scalar(Subscriber.Service, "select count(*) from effects");
            if (done > messages * 3 / 4)
                throw new InvalidOperationException($"{done} of {messages} were handled before all processes shared the keys: take more messages.");
            await Servers.Until(Subscriber.Service, "select case when is_called then least(last_value, " + messages + ") else 0 end from effects_id_seq", messages, AtMost);
            await Servers.Until(Subscriber.Service, "select count(*) from effects", messages, AtMost);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var used = CpuUse.Now(subscribers).Since(before, seconds);

            await new Result($"scale-{processes}", "ours", new()
            {
                ["rate"] = (messages - done) / seconds,
                ["machine_busy"] = used.Machine,
                ["cpus_per_subscriber"] = used.Subscribers / processes,
                ["cpus_postgres"] = used.Postgres,
                ["cpus_broker"] = used.Broker,
                ["cpus"] = Environment.ProcessorCount,
            }, $"{Payload.Size} B, {messages / 10} keys", BenchService.Versions, arguments.Command).Print(Subscriber.Service);
        }
        finally
        {
            subscribers.ForEach(s => s.Dispose());
        }
    }

    /// <summary>Until the broker says that every process has partitions and none is left over.</summary>
    private static async Task Shared(string group, int processes)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Servers.Kafka }).Build();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var members = await Members();
            if (members.Count == processes && members.TrueForAll(m => m.Assignment.TopicPartitions.Count > 0)
                && members.Sum(m => m.Assignment.TopicPartitions.Count) == Partitions)
                return;
            await Task.Delay(50, patience.Token);
        }

        async Task<List<MemberDescription>> Members()
        {
            try
            {
                return (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions.Single().Members;
            }
            catch (KafkaException) // nobody has joined yet
            {
                return [];
            }
        }
    }
}
