using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Sequencing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Messaging.Publishing;

/// <summary>
/// Carries the log's published events to Kafka, each stream's in its order: produces, awaits the acknowledgements, then moves its checkpoint.
/// Only the holder of the log's lease relays. What a crash leaves between the two is sent again; the inbox knows it.
/// </summary>
internal sealed partial class Relay(
    EventLog log, Sequencer sequencer, RelayCheckpoint checkpoint, KafkaClients kafka, IOptions<MessagingOptions> options,
    Troubles troubles, TimeProvider clock, ILogger<Relay> logger) : BackgroundService
{
    public const string Part = "relay";
    private static readonly TimeSpan SafetyNet = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(2);

    // Up to here events are sent one by one, so that what is refused again is named and takes no other with it.
    private long _singlyUpTo;
    private string? _lastBrokerError;

    // Why the broker takes nothing from this producer: what it reports of each event says only that it was not sent.
    private string? _shutOut;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var woken = sequencer.Moved.Next;
                if (sequencer.Session is { } session)
                    await RelayIn(session, stoppingToken);
                else
                    await Pulse.Wait(woken, SafetyNet, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (PostgresException lost) when (lost.SqlState == Sequencer.LeaseLost)
            {
                await Task.Delay(SafetyNet, clock, stoppingToken); // the sequencer finds out as well
            }
            catch (RefusedException refused) when (refused.Last > _singlyUpTo)
            {
                _singlyUpTo = refused.Last; // a batch is refused whole: only one by one is it known which event is meant
            }
            catch (RefusedException refused)
            {
                await Pause(_shutOut is null ? refused.Message : $"{refused.Message} ({_shutOut})", stoppingToken);
            }
            catch (Exception failure) // kept: the checkpoint stays where it is and the trouble shows until it goes on
            {
                await Pause(failure.Message, stoppingToken);
            }
        }
    }

    private async Task RelayIn(SequencerSession session, CancellationToken ct)
    {
        // A producer that has failed once may have reordered what it still held: it is made anew.
        _shutOut = null;
        using var producer = kafka.Producer().SetErrorHandler((_, error) => Heard(error)).Build();
        await new RelaySession(log, sequencer, checkpoint, troubles, clock, producer, session,
            options.Value.RelayBatchSize, _singlyUpTo, () => _lastBrokerError).Run(ct);
    }

    private void Heard(Error error)
    {
        _lastBrokerError = error.Reason;
        _shutOut = Refusal.OfProducing(error) ?? _shutOut;
    }

    private async Task Pause(string reason, CancellationToken ct)
    {
        troubles.Report(Part, reason);
        Paused(log.Service, reason);
        await Task.Delay(Backoff, clock, ct);
    }

    [LoggerMessage(LogLevel.Warning, "The relay of {Service} pauses and goes on from its checkpoint: {Reason}")]
    private partial void Paused(string service, string reason);
}
