using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;

namespace EventDriven.CheckoutBenchmark.Replicas;

/// <summary>What the topics hold at rest, read by a client that knows nothing of the system, and what Insights has counted.</summary>
internal sealed class Books
{
    private const string Uncounted = "insights.events"; // Insights does not listen to itself
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10), AgreeWithin = TimeSpan.FromSeconds(60), LooksEvery = TimeSpan.FromSeconds(1);

    private readonly HashSet<(string Topic, string Stream, long Sequence)> _messages = [];
    private readonly Dictionary<(string Topic, string Stream), long> _last = [];
    private readonly Dictionary<string, HashSet<Guid>> _bySource = [], _ofType = [];

    /// <summary>Messages that are on a topic more than once, as a relay may send them again.</summary>
    public int SentAgain { get; private set; }

    /// <summary>Streams whose first occurrences have a hole or are out of order.</summary>
    public HashSet<string> OutOfOrder { get; } = [];

    public int Messages => _messages.Count;

    /// <summary>Which entities have a message of a type: orders and shipments by the order's id, payments by their own.</summary>
    public IReadOnlySet<Guid> Of(string type) => _ofType.GetValueOrDefault(type, []);

    public static Books Read(string broker)
    {
        var books = new Books();
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker,
            GroupId = "books",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
        }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        TopicPartitionOffset[] partitions = [.. admin.GetMetadata(AnswersWithin).Topics.Where(t => t.Topic.Contains('.', StringComparison.Ordinal))
            .SelectMany(t => t.Partitions.Select(p => new TopicPartitionOffset(t.Topic, p.PartitionId, Offset.Beginning)))];
        consumer.Assign(partitions);
        var open = partitions.Select(static p => p.TopicPartition).ToHashSet();
        while (open.Count > 0)
        {
            var read = consumer.Consume(AnswersWithin) ?? throw new TimeoutException("The broker did not give all of its topics.");
            if (read.IsPartitionEOF)
                open.Remove(read.TopicPartition);
            else
                books.Add(read);
        }
        return books;
    }

    /// <summary>What Insights has counted of a source and what the topics hold of it, where the two are not the same for a minute.</summary>
    public static async Task<IReadOnlyList<string>> Differences(string broker, Uri insights)
    {
        using var client = new HttpClient { BaseAddress = insights };
        using var timeout = new CancellationTokenSource(AgreeWithin);
        while (true)
        {
            var counted = (await client.GetFromJsonAsync<JsonNode>("/summary"))!["sources"]!.AsArray().ToDictionary(s => s!["source"]!.GetValue<string>(), s => s!["messages"]!.GetValue<long>());
            var there = Read(broker)._bySource;
            string[] differences = [.. there.Where(s => counted.GetValueOrDefault(s.Key) != s.Value.Count).Select(s => $"{s.Key}: {counted.GetValueOrDefault(s.Key)} of {s.Value.Count}")];
            if (differences.Length == 0 || timeout.IsCancellationRequested)
                return differences;
            await Task.Delay(LooksEvery, CancellationToken.None); // an anchor of a log may be on its way
        }
    }

    private void Add(ConsumeResult<string, byte[]> read)
    {
        var (stream, sequence) = ((read.Topic, read.Message.Key), long.Parse(Header("ce_sequence"), CultureInfo.InvariantCulture));
        if (!_messages.Add((read.Topic, read.Message.Key, sequence)))
        {
            SentAgain++;
            return;
        }
        if (sequence != _last.GetValueOrDefault(stream) + 1)
            OutOfOrder.Add($"{read.Topic} {read.Message.Key}");
        _last[stream] = sequence;
        var id = Guid.Parse(Header("ce_id"));
        if (Guid.TryParse(read.Message.Key[(read.Message.Key.IndexOf('-', StringComparison.Ordinal) + 1)..], out var entity))
            Set(_ofType, Header("ce_type")).Add(entity);
        if (read.Topic != Uncounted)
            Set(_bySource, Header("ce_source")).Add(id);

        string Header(string name) => Encoding.UTF8.GetString(read.Message.Headers.GetLastBytes(name));
    }

    private static HashSet<Guid> Set(Dictionary<string, HashSet<Guid>> sets, string name) => sets.TryGetValue(name, out var set) ? set : (sets[name] = []);
}
