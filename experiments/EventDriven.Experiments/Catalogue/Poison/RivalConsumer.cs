using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace EventDriven.Experiments.Catalogue.Poison;

/// <summary>
/// What the two rivals share: a consumer as most are written. It takes one message after the other, and its offsets move on when a message
/// was dealt with.
/// </summary>
internal abstract class RivalConsumer(string broker, string topic, PoisonedWork work) : IConsumer
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Handled> _handled = [];
    private Task? _loops;

    public abstract string Name { get; }

    protected string Broker => broker;

    protected string Topic => topic;

    public RivalConsumer Start()
    {
        _loops = Task.WhenAll(Loops().Select(loop => Task.Factory.StartNew(() => loop(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return this;
    }

    public Task<IReadOnlyList<Handled>> Handled(CancellationToken ct)
    {
        if (_loops is { IsFaulted: true } failed)
            failed.GetAwaiter().GetResult();
        lock (_lock)
            return Task.FromResult<IReadOnlyList<Handled>>([.. _handled]);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loops is not null)
            await _loops;
        _stop.Dispose();
    }

    protected abstract IEnumerable<Action<CancellationToken>> Loops();

    /// <summary>Reads a topic until it is stopped.</summary>
    protected void Consume(string from, Action<Message<string, byte[]>> take, CancellationToken ct)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = broker,
            GroupId = $"{Name.Replace(' ', '-')}-of-{from}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoOffsetStore = false,
            FetchWaitMaxMs = 10,
        }).Build();
        consumer.Subscribe(from);
        while (!ct.IsCancellationRequested)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } read)
                continue;
            take(read.Message);
            consumer.StoreOffset(read);
        }
        consumer.Close();
    }

    /// <summary>Throws when the work does.</summary>
    protected void Handle(Message<string, byte[]> message)
    {
        var number = JsonDocument.Parse(message.Value).RootElement.GetProperty("number").GetInt32();
        work.Do(message.Key, number);
        lock (_lock)
            _handled.Add(new(message.Key, number, TimeProvider.System.GetUtcNow()));
    }
}

/// <summary>Tries again on the spot until it works: simple, in order, and everything behind it waits.</summary>
internal sealed class BlockingRetry(string broker, string topic, PoisonedWork work) : RivalConsumer(broker, topic, work)
{
    public override string Name => "blocking retry";

    protected override IEnumerable<Action<CancellationToken>> Loops() => [ct => Consume(Topic, message => Insist(message, ct), ct)];

    private void Insist(Message<string, byte[]> message, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Handle(message);
                return;
            }
            catch (InvalidOperationException) // the work failed: it waits, and with it all that is behind
            {
                if (ct.WaitHandle.WaitOne(Pauses.After(attempt)))
                    return;
            }
        }
    }
}

/// <summary>Sends what fails to a second topic and goes on; a second loop tries it again when its time has come.</summary>
internal sealed class RetryTopic(string broker, string topic, PoisonedWork work) : RivalConsumer(broker, topic, work)
{
    private const string Attempt = "attempt", Due = "due";

    public override string Name => "retry topic";

    private string Retries => Topic + ".retry";

    protected override IEnumerable<Action<CancellationToken>> Loops()
    {
        var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Broker, Acks = Acks.All, LingerMs = 0 }).Build();
        yield return ct =>
        {
            using (producer)
                Consume(Topic, message => TryOr(message, attempt: 1, producer), ct);
        };
        yield return ct => Consume(Retries, message =>
        {
            var due = DateTimeOffset.Parse(Header(message, Due), CultureInfo.InvariantCulture);
            if (due - TimeProvider.System.GetUtcNow() is { Ticks: > 0 } early && ct.WaitHandle.WaitOne(early))
                return;
            TryOr(message, int.Parse(Header(message, Attempt), CultureInfo.InvariantCulture) + 1, producer);
        }, ct);
    }

    private void TryOr(Message<string, byte[]> message, int attempt, IProducer<string, byte[]> producer)
    {
        try
        {
            Handle(message);
        }
        catch (InvalidOperationException) // the work failed: it is somebody else's turn until then
        {
            var due = TimeProvider.System.GetUtcNow() + Pauses.After(attempt);
            producer.ProduceAsync(Retries, new()
            {
                Key = message.Key,
                Value = message.Value,
                Headers = [new(Attempt, Text(attempt.ToString(CultureInfo.InvariantCulture))), new(Due, Text(due.ToString("O", CultureInfo.InvariantCulture)))],
            }).GetAwaiter().GetResult();
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Header(Message<string, byte[]> message, string name) => Encoding.UTF8.GetString(message.Headers.GetLastBytes(name));
}
