using Confluent.Kafka;
using EventDriven.Log;

namespace EventDriven.Messaging.Publishing;

/// <summary>
/// The events between the log and the checkpoint, in the log's order: on their way to the broker, or acknowledged and waiting for
/// everything before them.
/// </summary>
internal sealed class InFlight(int mostMessages, TimeProvider clock)
{
    private const long MostBytes = 32 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<Sending> _events = new();
    private readonly Pulse _changed = new();
    private int _messages;
    private long _bytes;
    private long _lastReport = clock.GetTimestamp();
    private RefusedException? _refused;

    /// <summary>How long messages have been waiting without a single report from the broker.</summary>
    public TimeSpan Silence
    {
        get
        {
            lock (_lock)
                return _messages == 0 ? TimeSpan.Zero : clock.GetElapsedTime(_lastReport);
        }
    }

    public int Messages
    {
        get
        {
            lock (_lock)
                return _messages;
        }
    }

    /// <summary>Completes with the next change; take it before looking.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Whether one more may be sent.</summary>
    /// <exception cref="RefusedException">The broker refused one: nothing more goes out through this producer.</exception>
    public bool HasRoom(int most)
    {
        lock (_lock)
            return _refused is null ? _messages < Math.Min(most, mostMessages) && _bytes < MostBytes : throw _refused;
    }

    public void ThrowIfRefused()
    {
        lock (_lock)
        {
            if (_refused is not null)
                throw _refused;
        }
    }

    public void Add(Sending sending)
    {
        lock (_lock)
        {
            if (sending.Event.Topic is not null)
            {
                if (_messages++ == 0)
                    _lastReport = clock.GetTimestamp();
                _bytes += sending.Event.Data.Length;
            }
            _events.Enqueue(sending);
        }
    }

    /// <summary>Takes in the broker's report; comes on its client's thread.</summary>
    public void Report(Sending sending, Error error)
    {
        lock (_lock)
        {
            _messages--;
            _bytes -= sending.Event.Data.Length;
            _lastReport = clock.GetTimestamp();
            if (error.IsError)
                _refused = RefusedException.Of(sending.Event, error, _refused);
        }
        _changed.Beat();
    }

    /// <summary>Takes out what has been acknowledged, up to the first event that has not, or whose position is not committed.</summary>
    public IReadOnlyList<Sending> TakeAcknowledged(long upTo)
    {
        List<Sending> acknowledged = [];
        lock (_lock)
        {
            while (_events.TryPeek(out var next) && next.IsDone && next.Event.Position <= upTo)
                acknowledged.Add(_events.Dequeue());
        }
        return acknowledged;
    }
}

/// <summary>The broker did not take an event, or what was sent along with it.</summary>
internal sealed class RefusedException : Exception
{
    private RefusedException(string message, long last) : base(message) => Last = last;

    /// <summary>The highest position that was refused. What is refused for may be any up to there.</summary>
    public long Last { get; }

    public static RefusedException Of(RecordedEvent recorded, Error error, RefusedException? before) => before is null
        ? new($"event {recorded.MessageId} ({recorded.Type}) is refused by topic {recorded.Topic}: {Refusal.OfWriting(recorded.Topic!, error)}", recorded.Position!.Value)
        : new(before.Message, Math.Max(before.Last, recorded.Position!.Value));
}
