using System.Text.Json;
using EventDriven.Log;
using EventDriven.Messaging.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>A named reader of topics, and who handles what. Its name is its consumer group and the key of its inbox: it stays.</summary>
public sealed class Subscription
{
    private readonly IServiceCollection _services;
    private readonly MessageTypes _readable;
    private readonly Dictionary<string, Handler> _handlers = [];
    private readonly HashSet<string> _topics = [];

    internal Subscription(string name, MessageTypes readable, IServiceCollection services) => (Name, _readable, _services) = (name, readable, services);

    /// <summary>The name.</summary>
    public string Name { get; }

    internal IReadOnlyCollection<string> Topics => _topics;

    /// <summary>The types it handles.</summary>
    internal IEnumerable<MessageType> Handles => _readable.Where(t => _handlers.ContainsKey(t.Name));

    /// <summary>
    /// Handles one type of message. The type's topic is read from now on; its other types advance the marks and are counted.
    /// </summary>
    public Subscription Handle<T, THandler>() where T : class where THandler : class, IMessageHandler<T>
    {
        var type = _readable.Of(typeof(T));
        _services.AddSingleton<THandler>();
        _topics.Add(type.Topic ?? throw new InvalidOperationException($"{type.Name} is private: it is on no topic."));
        _handlers.Add(type.Name, new(
            typeof(IHasOutsideEffect).IsAssignableFrom(typeof(THandler)),
            (services, data, context, ct) => services.GetRequiredService<THandler>().Handle(Read<T>(data, type), context, ct)));
        return this;
    }

    internal Handler? HandlerOf(WireMessage message) => _handlers.GetValueOrDefault(message.Type);

    private static T Read<T>(ReadOnlyMemory<byte> data, MessageType type) where T : class =>
        JsonSerializer.Deserialize<T>(data.Span, EventLog.Json) ?? throw new JsonException($"A {type.Name} is never null.");

    /// <param name="HasOutsideEffect">Runs alone, outside of a transaction.</param>
    /// <param name="Run">Reads the data and handles it.</param>
    internal sealed record Handler(
        bool HasOutsideEffect, Func<IServiceProvider, ReadOnlyMemory<byte>, MessageContext, CancellationToken, Task> Run);
}
