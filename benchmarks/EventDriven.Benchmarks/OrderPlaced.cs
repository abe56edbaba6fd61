using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Log;

namespace EventDriven.Benchmarks;

/// <summary>The one event of these programs.</summary>
internal sealed record OrderPlaced(int Seq, string Pad)
{
    private const string Name = "bench.order-placed.v1";

    /// <param name="topic">Where it goes.</param>
    /// <param name="senders">Who is asked for what the topic has forgotten; nobody where it holds everything.</param>
    public static MessageTypes Types(string topic, params IReadOnlyList<string> senders) => [MessageType.Published<OrderPlaced>(Name, topic).SentBy(senders)];

    /// <summary>Messages as a relay sends them, each stream's in order from sequence 1; with as many streams as messages each has one.</summary>
    public static IEnumerable<Message<string, byte[]>> OnTheWire(string source, int messages, int streams)
    {
        var (logId, time) = (Guid.CreateVersion7().ToString(), TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        var names = Enumerable.Range(0, streams).Select(_ => new StreamName("order", Guid.CreateVersion7()).ToString()).ToArray();
        for (var i = 0; i < messages; i++)
        {
            var stream = names[i % streams];
            var headers = new Headers();
            Add("ce_specversion", "1.0");
            Add("ce_id", Guid.CreateVersion7().ToString());
            Add("ce_source", source);
            Add("ce_type", Name);
            Add("ce_time", time);
            Add("ce_subject", stream);
            Add("ce_partitionkey", stream);
            Add("ce_sequence", ((i / streams) + 1).ToString("D19", CultureInfo.InvariantCulture));
            Add("ce_logid", logId);
            Add("ce_correlationid", Guid.CreateVersion7().ToString());
            Add("content-type", "application/json");
            yield return new() { Key = stream, Value = JsonSerializer.SerializeToUtf8Bytes(new OrderPlaced(i, Payload.Pad), EventLog.Json), Headers = headers };

            void Add(string name, string value) => headers.Add(name, Encoding.ASCII.GetBytes(value));
        }
    }
}
