using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace EventDriven.Log;

/// <summary>
/// One type of event or command under its one name, as it is stored and sent: <c>orders.order-placed.v1</c>.
/// Whether it is published is fixed when it is first written; publishing it later needs a new name.
/// </summary>
public sealed record MessageType
{
    private MessageType(string name, Type clrType, string? topic) => (Name, ClrType, Topic) = (name, clrType, topic);

    /// <summary>The stable name; never a CLR name.</summary>
    public string Name { get; }

    /// <summary>The record it is read into.</summary>
    public Type ClrType { get; }

    /// <summary>Where it is published; null when it stays in its log.</summary>
    public string? Topic { get; }

    /// <summary>A type that goes from the log to <paramref name="topic"/>.</summary>
    public static MessageType Published<T>(string name, string topic) where T : class => new(name, typeof(T), topic);

    /// <summary>A type that never leaves its service.</summary>
    public static MessageType Private<T>(string name) where T : class => new(name, typeof(T), topic: null);
}

/// <summary>The allow-list of what may be stored, sent and read. A name or a CLR type stands in it once.</summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "It is enumerable to read like a list in the contracts; it is a register.")]
public sealed class MessageTypes : IEnumerable<MessageType>
{
    private readonly Dictionary<string, MessageType> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, MessageType> _byClrType = [];

    /// <summary>Adds one type.</summary>
    /// <exception cref="ArgumentException">The name or the CLR type is there already.</exception>
    public void Add(MessageType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        _byName.Add(type.Name, type);
        _byClrType.Add(type.ClrType, type);
    }

    /// <summary>Adds all types of another list.</summary>
    public void Add(IEnumerable<MessageType> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        foreach (var type in types)
            Add(type);
    }

    /// <summary>The type of a message about to be appended.</summary>
    /// <exception cref="InvalidOperationException">The type is not on the list.</exception>
    public MessageType Of(Type clrType) => _byClrType.TryGetValue(clrType, out var type)
        ? type
        : throw new InvalidOperationException($"{clrType} is not among the message types this service declared; add it where the event log is added.");

    /// <summary>The type behind a stored or received name, if it is on the list.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out MessageType? type) => _byName.TryGetValue(name, out type);

    /// <inheritdoc/>
    public IEnumerator<MessageType> GetEnumerator() => _byName.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
