namespace EventDriven.Log.Coalescing;

/// <summary>The head of one stream: what the next append is compared with and chained to.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Version">The version of its last event; -1 when it has none.</param>
/// <param name="Hash">The hash of its last event; empty when it has none.</param>
/// <param name="RecordedAt">The recorded time of its last event.</param>
/// <param name="Sequences">Its last sequence in each topic.</param>
internal sealed record StreamHead(string Stream, long Version, byte[] Hash, DateTime RecordedAt, IReadOnlyDictionary<string, long> Sequences)
{
    public static StreamHead None(string stream) => new(stream, -1, [], DateTime.MinValue, new Dictionary<string, long>());
}

/// <summary>One event with its place in its stream.</summary>
internal sealed record ChainedEvent(
    EventRow Row, string Stream, long Version, long? Sequence, DateTime RecordedAt, DateTime EffectiveAt, byte[] PreviousHash)
{
    /// <summary>Over all that it says, the hash of the event before it included.</summary>
    public byte[] Hash { get; private init; } = [];

    public ChainedEvent Hashed(Guid logId, Hashing hash) => this with
    {
        Hash = hash(new(
            logId, Stream, Version, Row.Type.Topic, Sequence, Row.Type.Name, Row.Event.MessageId, Row.Cause.CorrelationId, Row.Cause.CausationId,
            Row.Cause.TraceParent, Row.Event.IdempotencyKey, RecordedAt, EffectiveAt, Row.Event.Subject, Row.Data, PreviousHash)),
    };
}

/// <summary>
/// What a number of appends come to where their streams' heads are known: which of them fit, their events with versions, sequences, times and
/// hashes, and the heads as they are then. Appends to the same stream are taken in the order they came.
/// </summary>
internal sealed class AppendPlan
{
    private readonly Dictionary<string, StreamHead> _before;
    private readonly Dictionary<string, StreamHead> _after = [];
    private readonly Hashing _hash;

    private AppendPlan(Guid logId, DateTime now, IEnumerable<StreamHead> heads, Hashing hash) =>
        (LogId, Now, _before, _hash) = (logId, now, heads.ToDictionary(h => h.Stream, StringComparer.Ordinal), hash);

    /// <summary>The log's incarnation.</summary>
    public Guid LogId { get; }

    /// <summary>The database's clock when the heads were locked, or when they were presumed.</summary>
    public DateTime Now { get; }

    /// <summary>For each append whether it fitted, and the stream's version after it.</summary>
    public List<(bool Appended, long Version)> Answers { get; } = [];

    /// <summary>What is to be written, each stream's in order.</summary>
    public List<ChainedEvent> Events { get; } = [];

    /// <summary>What the heads that changed have become.</summary>
    public IEnumerable<StreamHead> After => _after.Values;

    /// <summary>The same, with what they were; in one order, so that two writers of the same ones do not wait in a circle.</summary>
    public IEnumerable<(StreamHead Before, StreamHead After)> Heads =>
        _after.Values.OrderBy(h => h.Stream, StringComparer.Ordinal).Select(h => (_before.GetValueOrDefault(h.Stream) ?? StreamHead.None(h.Stream), h));

    /// <summary>Decides.</summary>
    /// <param name="logId">The log's incarnation.</param>
    /// <param name="now">The database's clock, in whole microseconds.</param>
    /// <param name="heads">The heads of those streams that have one.</param>
    /// <param name="appends">What is to be appended.</param>
    /// <param name="hash">Gives each event its hash.</param>
    public static AppendPlan Of(Guid logId, DateTime now, IEnumerable<StreamHead> heads, IEnumerable<StreamAppend> appends, Hashing hash)
    {
        var plan = new AppendPlan(logId, now, heads, hash);
        foreach (var append in appends)
            plan.Take(append);
        return plan;
    }

    private void Take(StreamAppend append)
    {
        var stream = append.Stream.ToString();
        var head = _after.GetValueOrDefault(stream) ?? _before.GetValueOrDefault(stream) ?? StreamHead.None(stream);
        var appended = append.Expected == ExpectedVersion.Any || append.Expected.Value == head.Version;
        if (appended)
            _after[stream] = head = append.Events.Aggregate(head, (h, row) => Chain(h, row));
        Answers.Add((appended, head.Version));
    }

    private StreamHead Chain(StreamHead head, EventRow row)
    {
        // The writer's clock may be behind that of the stream's last writer: time never falls within a stream.
        var recordedAt = Now > head.RecordedAt ? Now : head.RecordedAt;
        long? sequence = row.Type is { Topic: { } topic, IsOrdered: true } ? head.Sequences.GetValueOrDefault(topic) + 1 : null;
        var chained = new ChainedEvent(row, head.Stream, head.Version + 1, sequence, recordedAt, EffectiveAt(row) ?? recordedAt, head.Hash).Hashed(LogId, _hash);
        Events.Add(chained);
        return new(head.Stream, chained.Version, chained.Hash, recordedAt, sequence is { } last
            ? new Dictionary<string, long>(head.Sequences) { [row.Type.Topic!] = last }
            : head.Sequences);
    }

    /// <summary>In whole microseconds, as the database keeps it.</summary>
    public static DateTime InMicroseconds(DateTime at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));

    private static DateTime? EffectiveAt(EventRow row) => row.Event.EffectiveAt is { } at ? InMicroseconds(at.UtcDateTime) : null;
}
