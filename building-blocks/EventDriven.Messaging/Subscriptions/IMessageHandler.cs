namespace EventDriven.Messaging.Subscriptions;

/// <summary>
/// Handles one type of message. What it queues on its context is committed together with the mark that the message was handled, so
/// it has its effect once however often the message comes. Messages of one stream come in order. A handler may run again before its
/// effect is committed, so what it does is on its context only; one that does more says <see cref="IHasOutsideEffect"/>.
/// </summary>
/// <typeparam name="T">The message.</typeparam>
public interface IMessageHandler<in T> where T : class
{
    /// <summary>Handles the message.</summary>
    /// <exception cref="DependencyUnavailableException">Something it needs is down: the message waits and no attempt is counted.</exception>
    Task Handle(T message, MessageContext context, CancellationToken ct);
}

/// <summary>
/// A handler that says so has an effect outside the database, a mail for instance. Its messages run one by one outside of batches and
/// outside of a transaction; what it queues is committed after it returns. After a crash in between it runs again, so its effect
/// carries an idempotency key that derives from the message.
/// </summary>
#pragma warning disable CA1040 // a marker on purpose: it changes how the handler is run, and is read where the handler is declared
public interface IHasOutsideEffect;
#pragma warning restore CA1040

/// <summary>A dependency of a handler is down. The message is tried again later, in order, and spends no attempt.</summary>
public sealed class DependencyUnavailableException(string dependency, Exception inner)
    : Exception($"{dependency} is not available: {inner?.Message}", inner);
