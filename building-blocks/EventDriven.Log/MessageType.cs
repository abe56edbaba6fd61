using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventDriven.Log;

/// <summary>
/// One type of event or command under its one name, as it is stored and sent: <c>orders.order-placed.v1</c>. Whether it is published
/// is fixed when it is first written; publishing it later needs a new name. A change that its readers would notice needs the
/// next version, and <see cref="Upcasting"/> keeps the one before readable.
/// </summary>
public sealed class MessageType
{
    private readonly List<MessageVersion> _versions;

    private MessageType(string name, Type clrType, string? topic)
    {
        (Family, Topic) = (MessageName.Parse(name).Family, topic);
        Senders = topic is null ? [] : [topic.Split('.')[0]];
        _versions = [new(name, clrType, upcast: null)];
    }

    /// <summary>The stable name of the newest version, under which it is appended; never a CLR name.</summary>
    public string Name => _versions[0].Name;

    /// <summary>The name without its version.</summary>
    public string Family { get; }

    /// <summary>The record of the newest version; older ones are read into it too.</summary>
    public Type ClrType => _versions[0].ClrType;

    /// <summary>Where it is published; null when it stays in its log.</summary>
    public string? Topic { get; }

    /// <summary>Whether its messages come in the order of their stream; see <see cref="WithoutOrder"/>.</summary>
    public bool IsOrdered { get; private set; } = true;

    /// <summary>The services that publish it: the topic's own, or for a command those that <see cref="SentBy"/> names.</summary>
    public IReadOnlyList<string> Senders { get; private set; }

    /// <summary>What can be read, the newest first.</summary>
    public IReadOnlyList<MessageVersion> Versions => _versions;

    /// <summary>A type that goes from the log to <paramref name="topic"/>.</summary>
    public static MessageType Published<T>(string name, string topic) where T : class => new(name, typeof(T), topic);

    /// <summary>A type that never leaves its service.</summary>
    public static MessageType Private<T>(string name) where T : class => new(name, typeof(T), topic: null);

    /// <summary>The name without its version, of any type; null where it is no name with a version.</summary>
    public static string? FamilyOf(string name) => MessageName.TryParse(name, out var parsed) ? parsed.Value.Family : null;

    /// <summary>Names who publishes it, where that is not the service of its topic: the senders of a command.</summary>
    public MessageType SentBy(params IReadOnlyList<string> services)
    {
        Senders = services;
        return this;
    }

    /// <summary>
    /// Gives up the order of its messages: they have no sequence, one that fails or is late holds no other up, and subscribers know them by
    /// their ids, for twice the topics' retention. As the topic, it is fixed when the type is first written.
    /// </summary>
    public MessageType WithoutOrder()
    {
        IsOrdered = false;
        return this;
    }

    /// <summary>
    /// Keeps an older version readable. Newest first, each into the one before it:
    /// <c>.Upcasting("a.b.v2", (V2 old) =&gt; new V3(…)).Upcasting("a.b.v1", (V1 old) =&gt; new V2(…))</c>.
    /// </summary>
    /// <param name="olderName">The name it was written under.</param>
    /// <param name="upcast">Pure: the same message always gives the same.</param>
    /// <exception cref="ArgumentException">The name is not an older version of this type, or no version of <typeparamref name="TNewer"/> was given before.</exception>
    public MessageType Upcasting<TOlder, TNewer>(string olderName, Func<TOlder, TNewer> upcast) where TOlder : class where TNewer : class
    {
        ArgumentNullException.ThrowIfNull(upcast);
        var (older, oldestYet) = (MessageName.Parse(olderName), _versions[^1]);
        if (older.Family != Family || older.Version >= MessageName.Parse(oldestYet.Name).Version)
            throw new ArgumentException($"{olderName} is no version before {oldestYet.Name}.", nameof(olderName));
        if (_versions.Exists(v => v.ClrType == typeof(TOlder)))
            throw new ArgumentException($"{typeof(TOlder)} is the record of two versions of {Family}.", nameof(upcast));
        var into = _versions.Find(v => v.ClrType == typeof(TNewer))
            ?? throw new ArgumentException($"{olderName} becomes a {typeof(TNewer)}, which is no version of {Family} yet.", nameof(upcast));

        _versions.Add(new(olderName, typeof(TOlder), old => into.Newest(upcast((TOlder)old))));
        return this;
    }

    /// <summary>Reads stored or received bytes into the newest record.</summary>
    /// <param name="name">The name they came under, of any version.</param>
    /// <param name="data">JSON.</param>
    /// <exception cref="UnreadableMessageException">They are not that, or no version of that name is known here.</exception>
    public object Read(string name, ReadOnlyMemory<byte> data)
    {
        try
        {
            var version = _versions[0].Name == name ? _versions[0] : _versions.Find(v => v.Name == name) ?? throw new NotSupportedException($"it is no version that is read here: {string.Join(", ", _versions.Select(v => v.Name))}");
            var read = JsonSerializer.Deserialize(data.Span, version.Json) ?? throw new JsonException("it is null");
            return version.Newest(read);
        }
        // Whatever a record's constructor, a converter or an upcaster throws: they are functions of these bytes and nothing else.
        catch (Exception cause)
        {
            throw new UnreadableMessageException(name, cause.Message, cause);
        }
    }
}

/// <summary>One version of a type that can be read.</summary>
public sealed class MessageVersion
{
    private readonly Func<object, object>? _upcast;

    internal MessageVersion(string name, Type clrType, Func<object, object>? upcast) => (Name, ClrType, _upcast) = (name, clrType, upcast);

    /// <summary>The name it is stored and sent under.</summary>
    public string Name { get; }

    /// <summary>The record of its shape.</summary>
    public Type ClrType { get; }

    /// <summary>How its bytes are read; found once, as finding it for every event costs a tenth of reading it.</summary>
    internal JsonTypeInfo Json => field ??= EventLog.Json.GetTypeInfo(ClrType);

    internal object Newest(object read) => _upcast is null ? read : _upcast(read) ?? throw new JsonException($"the upcaster of {Name} returned nothing");
}
