using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.Log.Sequencing;
using EventDriven.Messaging.Wire;

namespace EventDriven.Messaging.Publishing;

/// <summary>
/// The relay with one producer in one session of the sequencer. One loop reads ahead and sends; the other follows with the checkpoint.
/// It ends with the first refusal, with the lease, or with the process.
/// </summary>
internal sealed class RelaySession(
    EventLog log, Sequencer sequencer, RelayCheckpoint checkpoint, Troubles troubles, TimeProvider clock,
    IProducer<string, byte[]> producer, SequencerSession session, int mostInFlight, long singlyUpTo, Func<string?> brokerError)
{
    private const int PageOfEvents = 1_000, PageOfBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ShowOutageAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan HandOverWithin = TimeSpan.FromSeconds(3);

    private readonly InFlight _inFlight = new(mostInFlight, clock);
    private Task<IReadOnlyList<RecordedEvent>>? _ahead;

    public async Task Run(CancellationToken ct)
    {
        var next = await checkpoint.Read(ct) + 1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var (sends, follows) = (Send(next, stop.Token), Follow(stop.Token));
        var ended = await Task.WhenAny(sends, follows);
        await stop.CancelAsync();
        await Task.WhenAll(sends, follows).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what ended it is thrown below

        if (ct.IsCancellationRequested)
            await HandOver();
        else if (ended.Exception?.InnerException is null or RefusedException)
            await Follow(CancellationToken.None, once: true); // what was acknowledged before the refusal need not be sent again; throws it with all it took along
        await ended;
    }

    private async Task Send(long next, CancellationToken ct)
    {
        while (sequencer.Session == session)
        {
            var woken = sequencer.Moved.Next;
            var events = await Next(next, ct);
            foreach (var recorded in events)
            {
                await Room(recorded, ct);
                Send(recorded);
            }
            if (events.Count > 0)
                next = events[^1].Position!.Value + 1;
            else
                await Pulse.Wait(woken, SafetyNet, clock, ct);
        }
    }

    /// <summary>From the sequencer's hand where it has just given them; else a page of the log, with the page after it read ahead.</summary>
    private async Task<IReadOnlyList<RecordedEvent>> Next(long next, CancellationToken ct)
    {
        while (_ahead is null && sequencer.Fresh.TryRead(out var fresh))
        {
            if (fresh.Session != session)
                continue; // what was given by a session that has ended may be given again, to others
            if (fresh.Events[0].Position > next)
                break; // something between was not handed over
            if (fresh.Events[^1].Position >= next)
                return fresh.Events[0].Position == next ? fresh.Events : [.. fresh.Events.SkipWhile(e => e.Position < next)];
        }
        sequencer.FreshIsWanted = _ahead is null;
        if (session.Position < next)
            return [];

        var page = await (_ahead ?? Page(next, ct));
        _ahead = page.Count == PageOfEvents ? Page(page[^1].Position!.Value + 1, ct) : null;
        return page;
    }

    private Task<IReadOnlyList<RecordedEvent>> Page(long from, CancellationToken ct) => log.Reader.After(from - 1, PageOfEvents, PageOfBytes, ct);

    private async Task Room(RecordedEvent recorded, CancellationToken ct)
    {
        var most = recorded.Position - 1 <= singlyUpTo ? 1 : mostInFlight; // the one after them waits too, or it would be sent along
        while (true)
        {
            var changed = _inFlight.Changed;
            if (_inFlight.HasRoom(most))
                return;
            await changed.WaitAsync(ct);
        }
    }

    private void Send(RecordedEvent recorded)
    {
        var sending = new Sending(recorded, _inFlight, clock);
        _inFlight.Add(sending);
        if (recorded.Topic is null)
            return;
        try
        {
            producer.Produce(recorded.Topic, WireMessage.From(recorded, log.Source).ToKafka(sending.TraceParent), sending.Report);
        }
        catch (ProduceException<string, byte[]> refused)
        {
            sending.Report(refused.Error); // refused before it was sent, for example for its size
        }
    }

    /// <summary>Moves the checkpoint behind what is acknowledged, shows an outage, and throws what was refused.</summary>
    private async Task Follow(CancellationToken ct, bool once = false)
    {
        Task changed = _inFlight.Changed;
        do
        {
            if (!once)
            {
                await Pulse.Wait(changed, SafetyNet, clock, ct);
                await Task.Delay(CheckpointEvery, clock, ct);
                changed = Task.WhenAny(_inFlight.Changed, sequencer.Moved.Next); // an acknowledgement, or the commit of positions that are acknowledged
            }
            if (_inFlight.TakeAcknowledged(upTo: session.Position) is { Count: > 0 } acknowledged)
            {
                await checkpoint.Move(session.Epoch, acknowledged, CancellationToken.None);
                RelayMetrics.BatchSize.Record(acknowledged.Count);
                if (acknowledged[^1].Event.Position >= singlyUpTo)
                    troubles.Clear(Relay.Part);
            }
            if (_inFlight.Silence > ShowOutageAfter)
                troubles.Report(Relay.Part, $"{_inFlight.Messages} events wait for the broker, nothing is lost: {brokerError() ?? "no answer"}");
            _inFlight.ThrowIfRefused();
        }
        while (!once);
    }

    /// <summary>A clean stop waits a moment for the broker, so that the next holder need not send anything again.</summary>
    private async Task HandOver()
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var changed = _inFlight.Changed;
            var left = HandOverWithin - clock.GetElapsedTime(started);
            if (_inFlight.Messages == 0 || left <= TimeSpan.Zero)
                break;
            await Pulse.Wait(changed, left, clock, CancellationToken.None);
        }
        await Follow(CancellationToken.None, once: true);
    }
}
