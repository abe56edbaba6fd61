using EventDriven.Log;
using EventDriven.Messaging.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>A named reader of topics, and who handles what. Its name is its consumer group and the key of its inbox: it stays.</summary>
public sealed class Subscription
{
    private readonly IServiceCollection _services;
    private readonly MessageType[] _readable;
    private readonly Dictionary<string, MessageType> _byName;
    private readonly Dictionary<string, Handler> _handlers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _families = new(StringComparer.Ordinal);
    private readonly HashSet<string> _topics = new(StringComparer.Ordinal);

    internal Subscription(string name, IEnumerable<MessageType> readable, IServiceCollection services)
    {
        (Name, _readable, _services) = (name, [.. readable], services);
        _byName = _readable.SelectMany(type => type.Versions.Select(version => (version.Name, type))).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    internal IReadOnlyCollection<string> Topics => _topics;

    /// <summary>The types it handles.</summary>
    internal IEnumerable<MessageType> Handles => _readable.Where(t => _handlers.ContainsKey(t.Name));

    /// <summary>Who publishes to its topics, as messages name them.</summary>
    internal IEnumerable<(string Topic, string Source)> Senders =>
        _readable.Where(t => t.Topic is not null && _topics.Contains(t.Topic)).SelectMany(t => t.Senders.Select(s => (t.Topic!, "/" + s))).Distinct();

    internal bool StartsFromNow { get; private set; }

    /// <summary>The statements that empty what its handlers wrote; null when it cannot be replayed.</summary>
    internal IReadOnlyList<Sql>? Reset { get; private set; }

    /// <summary>Whether its handlers bear to handle again what they have handled.</summary>
    internal bool IsRepeatable { get; private set; }

    /// <summary>
    /// Handles one type of message, in each of its readable versions. The type's topic is read from now on; its other types advance
    /// the marks and are counted.
    /// </summary>
    public Subscription Handle<T, THandler>() where T : class where THandler : class, IMessageHandler<T>
    {
        var type = _readable.Where(t => t.ClrType == typeof(T)).ToArray() is [var one]
            ? one
            : throw new InvalidOperationException($"{typeof(T)} is not the record of exactly one of the types that subscription {Name} may read.");
        _services.AddSingleton<THandler>();
        Add<T, THandler>(type);
        return this;
    }

    /// <summary>
    /// Handles every published type that it may read with one handler, which takes messages as they are: for who counts or keeps whatever there is.
    /// </summary>
    public Subscription HandleAll<THandler>() where THandler : class, IMessageHandler<object>
    {
        _services.AddSingleton<THandler>();
        foreach (var type in _readable.Where(t => t.Topic is not null))
            Add<object, THandler>(type);
        return this;
    }

    /// <summary>
    /// When it is first started, it begins with what is published from then on. By default it begins with everything there ever was:
    /// also with what the topic has forgotten, which it reads from the senders' own logs.
    /// </summary>
    public Subscription StartFromNow()
    {
        StartsFromNow = true;
        return this;
    }

    /// <summary>
    /// Allows a replay: in one transaction these statements empty all that the handlers wrote, and everything is handled again from
    /// the beginning. Appends and outside effects are held meanwhile; they happened the first time.
    /// </summary>
    public Subscription ResetBy(params IReadOnlyList<Sql> statements)
    {
        Reset = statements;
        return this;
    }

    /// <summary>
    /// Says that whatever the handlers write is the same when they handle the same messages again, in order, on top of what is there: it is
    /// set, never added. Allows a replay from any point in time; appends and outside effects are held meanwhile.
    /// </summary>
    public Subscription Repeatable()
    {
        IsRepeatable = true;
        return this;
    }

    /// <summary>Whether a message of this type that names a stream must say its place there.</summary>
    internal bool NeedsOrder(string type) => _byName.TryGetValue(type, out var known) && known.IsOrdered;

    /// <summary>Who handles the message; null when nobody does.</summary>
    internal Handler? HandlerOf(WireMessage message)
    {
        if (_byName.TryGetValue(message.Type, out var type))
            return _handlers.GetValueOrDefault(type.Name);
        var family = MessageType.FamilyOf(message.Type);
        return family is not null && _families.Contains(family) ? Unreadable : null;
    }

    private void Add<T, THandler>(MessageType type) where T : class where THandler : class, IMessageHandler<T>
    {
        _topics.Add(type.Topic ?? throw new InvalidOperationException($"{type.Name} is private: it is on no topic."));
        _families.Add(type.Family);
        _handlers.Add(type.Name, new(
            typeof(IHasOutsideEffect).IsAssignableFrom(typeof(THandler)),
            (services, message, context, ct) => services.GetRequiredService<THandler>().Handle((T)type.Read(message.Type, message.Data), context, ct)));
    }

    /// <summary>A type that is handled, in a version that is not: to pass it over would lose it.</summary>
    private static Handler Unreadable { get; } = new(HasOutsideEffect: false, (_, message, _, _) => throw new UnreadableMessageException(message.Type, "this version is not among those that are read here"));

    /// <param name="HasOutsideEffect">Runs alone, outside of a transaction.</param>
    /// <param name="Run">Reads the message and handles it.</param>
    internal sealed record Handler(bool HasOutsideEffect, Func<IServiceProvider, WireMessage, MessageContext, CancellationToken, Task> Run);
}
