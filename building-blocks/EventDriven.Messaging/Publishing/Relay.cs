using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Sequencing;
using EventDriven.Messaging.Wire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Messaging.Publishing;

/// <summary>
/// Carries the log's published events to Kafka, in the log's order: produces, awaits the acknowledgements, then moves its checkpoint.
/// Only the holder of the log's lease relays. What a crash leaves between the two is sent again; the inbox knows it.
/// </summary>
internal sealed partial class Relay(
    EventLog log, Sequencer sequencer, NpgsqlDataSource database, KafkaClients kafka, IOptions<MessagingOptions> options,
    Troubles troubles, TimeProvider clock, ILogger<Relay> logger) : BackgroundService
{
    public const string Part = "relay";
    private static readonly TimeSpan SafetyNet = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShowOutageAfter = TimeSpan.FromSeconds(3);

    private long? _epochOfCheckpoint;
    private long _checkpoint;
    private string? _lastBrokerError;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // A producer that has failed once may have reordered what it still held: it is made anew.
            using var producer = kafka.Producer().SetErrorHandler((_, error) => _lastBrokerError = error.Reason).Build();
            try
            {
                await RelayWith(producer, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (PostgresException lost) when (lost.SqlState == Sequencer.LeaseLost)
            {
                _epochOfCheckpoint = null;
            }
            catch (Exception failure) when (failure is KafkaException || PostgresSession.IsOutage(failure) || PostgresSession.IsRace(failure))
            {
                troubles.Report(Part, failure.Message);
                Paused(log.Service, failure.Message);
                _epochOfCheckpoint = null;
                await Task.Delay(Backoff, clock, stoppingToken);
            }
        }
    }

    private async Task RelayWith(IProducer<string, byte[]> producer, CancellationToken ct)
    {
        while (true)
        {
            var woken = log.Sequenced.Next;
            if (sequencer.Epoch is not { } epoch || !await RelayBatch(producer, epoch, ct))
                await Pulse.Wait(woken, SafetyNet, clock, ct);
        }
    }

    private async Task<bool> RelayBatch(IProducer<string, byte[]> producer, long epoch, CancellationToken ct)
    {
        if (_epochOfCheckpoint != epoch)
        {
            _checkpoint = await ReadCheckpoint(ct);
            _epochOfCheckpoint = epoch;
        }
        if (sequencer.Position <= _checkpoint)
            return false;

        var events = await log.Reader.After(_checkpoint, options.Value.RelayBatchSize, ct);
        if (events.Count == 0)
            return false;
        RecordedEvent[] published = [.. events.Where(e => e.Topic is not null)];
        var delivered = await Acknowledged(Task.WhenAll(published.Select(e => Produce(producer, e))), published.Length, ct);
        await MoveCheckpoint(epoch, events[0].Position!.Value, events[^1].Position!.Value, published, delivered, ct);
        _checkpoint = events[^1].Position!.Value;
        troubles.Clear(Part);
        return true;
    }

    /// <summary>An outage of any length is waited out, but it shows.</summary>
    private async Task<DeliveryResult<string, byte[]>[]> Acknowledged(Task<DeliveryResult<string, byte[]>[]> deliveries, int count, CancellationToken ct)
    {
        await Pulse.Wait(deliveries, ShowOutageAfter, clock, ct);
        if (!deliveries.IsCompleted)
            troubles.Report(Part, $"{count} events wait for the broker, nothing is lost: {_lastBrokerError ?? "no answer"}");
        return await deliveries.WaitAsync(ct);
    }

    private async Task<DeliveryResult<string, byte[]>> Produce(IProducer<string, byte[]> producer, RecordedEvent recorded)
    {
        var topic = recorded.Topic!;
        var started = clock.GetTimestamp();
        using var activity = MessagingTelemetry.StartSend(topic, recorded.MessageId, recorded.Cause.CorrelationId, recorded.Type, recorded.Cause.TraceParent);
        try
        {
            var message = WireMessage.From(recorded, log.Source).ToKafka(activity?.Id ?? recorded.Cause.TraceParent);
            var result = await producer.ProduceAsync(topic, message, CancellationToken.None);
            var tags = MessagingTelemetry.Tags("send", topic);
            MessagingTelemetry.Sent.Add(1, tags);
            MessagingTelemetry.OperationDuration.Record(clock.GetElapsedTime(started).TotalSeconds, tags);
            return result;
        }
        catch (ProduceException<string, byte[]> refused)
        {
            activity?.SetStatus(System.Diagnostics.ActivityStatusCode.Error, refused.Error.Code.ToString());
            MessagingTelemetry.Sent.Add(1, MessagingTelemetry.Tags("send", topic, error: refused.Error.Code.ToString()));
            throw new ProduceException<string, byte[]>(
                new Error(refused.Error.Code, $"event {recorded.MessageId} ({recorded.Type}) is refused by topic {topic}: {refused.Error.Reason}"), refused.DeliveryResult, refused);
        }
    }

    private async Task<long> ReadCheckpoint(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var read = new Sql("select relayed from log.lease").ToCommand(connection);
        return (long)(await read.ExecuteScalarAsync(ct))!;
    }

    private async Task MoveCheckpoint(
        long epoch, long first, long last, RecordedEvent[] published, DeliveryResult<string, byte[]>[] delivered, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var move = new Sql("select log.relayed_to($1, $2, $3, $4, $5, $6, $7)",
            epoch, first, last,
            delivered.Select(d => d.Topic).ToArray(),
            delivered.Select(d => d.Partition.Value).ToArray(),
            published.Select(e => e.Position!.Value).ToArray(),
            delivered.Select(d => d.Offset.Value).ToArray()).ToCommand(connection);
        await move.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(LogLevel.Warning, "The relay of {Service} pauses and goes on from its checkpoint: {Reason}")]
    private partial void Paused(string service, string reason);
}
