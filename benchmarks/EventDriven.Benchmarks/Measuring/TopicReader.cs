using System.Diagnostics;
using Confluent.Kafka;

namespace EventDriven.Benchmarks.Measuring;

/// <summary>The raw consumer that says when a message is readable in Kafka: the same one for every side.</summary>
internal sealed class TopicReader : IDisposable
{
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly HashSet<int> _seen = [];
    private readonly HashSet<int> _atEnd = [];
    private readonly Action<int, long> _arrived;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ends = new();
    private readonly Thread _thread;
    private readonly int _partitions;
    private (int Count, TaskCompletionSource Reached) _awaited = (int.MaxValue, new());

    private TopicReader(string topic, int partitions, Offset from, Action<int, long> arrived)
    {
        (_arrived, _partitions) = (arrived, partitions);
        _consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = Servers.Kafka,
            GroupId = "reader",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            FetchWaitMaxMs = Servers.FetchWaitMs,
            FetchQueueBackoffMs = 1,
        }).Build();
        _consumer.Assign(Topic.PartitionsOf(topic, partitions).Select(p => new TopicPartitionOffset(p, from)));
        _thread = new Thread(Read) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Messages that came more than once.</summary>
    public int Duplicates { get; private set; }

    /// <summary>
    /// Reads from now on; returns when it stands at the end of every partition. <paramref name="arrived"/> is told each message's
    /// number and when it came, once.
    /// </summary>
    public static async Task<TopicReader> Start(
        string topic, Action<int, long>? arrived = null, int partitions = Topic.Partitions, bool fromEnd = false)
    {
        var reader = new TopicReader(topic, partitions, fromEnd ? Offset.End : Offset.Beginning, arrived ?? ((_, _) => { }));
        await reader._ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return reader;
    }

    /// <summary>Waits until this many different messages have come.</summary>
    public async Task Until(int messages, TimeSpan atMost)
    {
        Task reached;
        lock (_seen)
        {
            _awaited = (messages, new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_seen.Count >= messages)
                return;
            reached = _awaited.Reached.Task;
        }
        try
        {
            await reached.WaitAsync(atMost);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"only {_seen.Count} of {messages} messages are readable after {atMost.TotalSeconds} s", late);
        }
    }

    public void Dispose()
    {
        _ends.Cancel();
        _thread.Join();
        _consumer.Close();
        _consumer.Dispose();
        _ends.Dispose();
    }

    private void Read()
    {
        while (!_ends.IsCancellationRequested)
        {
            if (_consumer.Consume(100) is not { } consumed)
                continue;
            if (consumed.IsPartitionEOF)
            {
                _atEnd.Add(consumed.Partition.Value);
                if (_atEnd.Count == _partitions)
                    _ready.TrySetResult();
                continue;
            }
            Take(consumed.Message.Value, Stopwatch.GetTimestamp());
        }
    }

    private void Take(byte[] value, long now)
    {
        if (Payload.NumberIn(value) is not { } number)
            return;
        lock (_seen)
        {
            if (!_seen.Add(number))
            {
                Duplicates++;
                return;
            }
            _arrived(number, now);
            if (_seen.Count >= _awaited.Count)
                _awaited.Reached.TrySetResult();
        }
    }
}
