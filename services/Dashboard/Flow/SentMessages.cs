namespace EventDriven.Dashboard.Flow;

/// <summary>
/// When messages were sent, by the names that a processing span knows them by. The two spans come in either order,
/// because each service exports its own when it likes.
/// </summary>
internal sealed class SentMessages
{
    private const int Limit = 16_384;

    private readonly Bounded<DateTimeOffset> _sent = new(Limit);
    private readonly Bounded<Processed> _waiting = new(Limit);

    public readonly record struct Processed(Subject Subject, DateTimeOffset Done);

    /// <summary>Remembers a sending span and gives back what has been processed of it already.</summary>
    public IEnumerable<(Processed Processed, TimeSpan Took)> Sent(MessagingSpan span)
    {
        foreach (var name in span.Names)
        {
            _sent.Add(name, span.Started);
            if (_waiting.Take(name) is { } processed)
                yield return (processed, Between(span.Started, processed.Done));
        }
    }

    public TimeSpan? Processing(MessagingSpan span)
    {
        var done = span.Started + span.Duration;
        foreach (var origin in span.Origins)
        {
            if (_sent.Find(origin) is { } sent)
                return Between(sent, done);
        }

        if (span.Origins is [var best, ..])
            _waiting.Add($"{best}", new Processed(span.Subject, done));
        return null;
    }

    // Clocks of two machines differ; nothing is handled before it was sent.
    private static TimeSpan Between(DateTimeOffset sent, DateTimeOffset done) => done > sent ? done - sent : TimeSpan.Zero;

    private sealed class Bounded<T>(int limit) where T : struct
    {
        private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);
        private readonly Queue<string> _order = [];

        public void Add(string name, T value)
        {
            if (!_values.TryAdd(name, value))
                return;
            _order.Enqueue(name);
            if (_order.Count > limit)
                _values.Remove(_order.Dequeue());
        }

        public T? Find(string name) => _values.TryGetValue(name, out var value) ? value : null;

        public T? Take(string name) => _values.Remove(name, out var value) ? value : null;
    }
}
