using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace EventDriven.Log;

/// <summary>The allow-list of what may be stored, sent and read. A family, a name or a CLR type stands in it once.</summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "It is enumerable to read like a list in the contracts; it is a register.")]
public sealed class MessageTypes : IEnumerable<MessageType>
{
    private readonly Dictionary<string, MessageType> _byFamily = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MessageType> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, MessageType> _byClrType = [];

    /// <summary>Adds one type.</summary>
    /// <exception cref="ArgumentException">Its family or its CLR type is there already.</exception>
    public void Add(MessageType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        // Two types of one family would be one fact told twice; what is older is upcast instead.
        _byFamily.Add(type.Family, type);
        _byClrType.Add(type.ClrType, type);
        foreach (var version in type.Versions)
            _byName.Add(version.Name, type);
    }

    /// <summary>Adds all types of another list.</summary>
    public void Add(IEnumerable<MessageType> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        foreach (var type in types)
            Add(type);
    }

    /// <summary>The type of a message about to be appended.</summary>
    /// <exception cref="InvalidOperationException">The type is not on the list; the record of an older version is not.</exception>
    public MessageType Of(Type clrType) => _byClrType.TryGetValue(clrType, out var type)
        ? type
        : throw new InvalidOperationException($"{clrType} is not among the message types this service declared; add it where the event log is added.");

    /// <summary>The type behind a stored or received name of any readable version, if it is on the list.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out MessageType? type) => _byName.TryGetValue(name, out type);

    /// <summary>
    /// Whether the name is a version of a type on the list, be it readable here or not: where <see cref="TryGet"/> finds nothing, the
    /// sender is ahead of this code.
    /// </summary>
    public bool KnowsFamily(string name) => MessageName.TryParse(name, out var parsed) && _byFamily.ContainsKey(parsed.Value.Family);

    /// <inheritdoc/>
    public IEnumerator<MessageType> GetEnumerator() => _byFamily.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
