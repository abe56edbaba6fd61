namespace EventDriven.Dashboard.Journey;

/// <summary>A correlation as a sequence diagram: one lifeline per service, one arrow per message and reader, in the order in which they were said.</summary>
public sealed record Sequence(IReadOnlyList<string> Lifelines, IReadOnlyList<SequenceArrow> Arrows)
{
    public const int ColumnWidth = 190;
    public const int RowHeight = 46;
    public const int HeadHeight = 46;

    public int Width => (Math.Max(1, Lifelines.Count) * ColumnWidth) + 60; // what somebody says to themselves stands to the right of them

    public int Height => HeadHeight + (Arrows.Count * RowHeight) + 16;

    public static Sequence Of(IReadOnlyList<Passage> passages)
    {
        var arrows = passages.OrderBy(static passage => passage.Message.RecordedAt).SelectMany(Said).ToList();
        return new([.. arrows.SelectMany(static arrow => (string[])[arrow.From, arrow.To]).Distinct(StringComparer.Ordinal)], arrows);
    }

    public int X(string service) => (Lifelines.TakeWhile(lifeline => lifeline != service).Count() * ColumnWidth) + (ColumnWidth / 2);

    public static int Y(int row) => HeadHeight + (row * RowHeight) + 30;

    // A message that nobody reads, or that is private, is said to oneself.
    private static IEnumerable<SequenceArrow> Said(Passage passage)
    {
        var (service, message) = (passage.Service, passage.Message);
        return passage.Readers.Any()
            ? passage.Readers.OrderBy(static reader => reader.At).Select(reader => new SequenceArrow(service, reader.Reader!, message.MessageId, message.Type, reader.Outcome, reader.Text, reader.At ?? message.RecordedAt))
            : [new SequenceArrow(service, service, message.MessageId, message.Type, Outcome.Done, message.Topic is null ? "private" : "nobody reads it", message.RecordedAt)];
    }
}

/// <summary>A message from the service that said it to one that reads it.</summary>
public sealed record SequenceArrow(string From, string To, string MessageId, string Type, Outcome Outcome, string Text, DateTimeOffset At);
