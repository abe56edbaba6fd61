using System.Diagnostics.CodeAnalysis;

namespace EventDriven.Dashboard.Flow;

/// <summary>
/// When messages were sent, by the names that a processing span knows them by. The two spans come in either order,
/// because each service exports its own when it likes.
/// </summary>
internal sealed class SentMessages
{
    private const int Limit = 16_384;

    private readonly Bounded<DateTimeOffset> _sent = new(Limit);
    private readonly Bounded<List<Processed>> _waiting = new(Limit);

    /// <summary>A message that was processed and waits, under several names, for the span that sent it.</summary>
    public sealed class Processed(Subject subject, DateTimeOffset done)
    {
        public Subject Subject => subject;

        public DateTimeOffset Done => done;

        public bool IsMatched { get; set; }
    }

    /// <summary>Remembers a sending span and gives back what has been processed of it already.</summary>
    public IEnumerable<(Processed Processed, TimeSpan Took)> Sent(MessagingSpan span)
    {
        foreach (var name in span.Names)
        {
            _sent.GetOrAdd(name, () => span.Started);
            foreach (var processed in _waiting.Take(name)?.Where(static processed => !processed.IsMatched) ?? [])
            {
                processed.IsMatched = true;
                yield return (processed, Between(span.Started, processed.Done));
            }
        }
    }

    public TimeSpan? Processing(MessagingSpan span)
    {
        var done = span.Started + span.Duration;
        foreach (var origin in span.Origins)
        {
            if (_sent.TryFind(origin, out var sent))
                return Between(sent, done);
        }

        var processed = new Processed(span.Subject, done);
        foreach (var origin in span.Origins)
            _waiting.GetOrAdd(origin, static () => []).Add(processed);
        return null;
    }

    // Clocks of two machines differ; nothing is handled before it was sent.
    private static TimeSpan Between(DateTimeOffset sent, DateTimeOffset done) => done > sent ? done - sent : TimeSpan.Zero;

    private sealed class Bounded<T>(int limit)
    {
        private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);
        private readonly Queue<string> _order = [];

        public T GetOrAdd(string name, Func<T> make)
        {
            if (_values.TryGetValue(name, out var known))
                return known;
            _order.Enqueue(name);
            if (_order.Count > limit)
                _values.Remove(_order.Dequeue());
            return _values[name] = make();
        }

        public bool TryFind(string name, [MaybeNullWhen(false)] out T value) => _values.TryGetValue(name, out value);

        public T? Take(string name) => _values.Remove(name, out var value) ? value : default;
    }
}
