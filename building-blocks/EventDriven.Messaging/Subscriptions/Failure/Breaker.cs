using EventDriven.Messaging.Subscriptions.Inbox;

namespace EventDriven.Messaging.Subscriptions.Failure;

/// <summary>
/// Tells an outage that nobody named from poison messages. Poison fails here and there while other streams go through; when stream
/// after stream fails and nothing goes through, something all of them need is down. The breaker then opens: the subscription pauses
/// and spends no attempt, and single messages probe until one goes through. Only messages that fail for the first time are counted: one
/// that failed while others went through says nothing about an outage when it fails again. A failure that can come from the message alone weighs a
/// twentieth of one that could be a dependency's.
/// </summary>
internal sealed class Breaker
{
    private const int OpensAt = 100;
    private const int MaybeADependency = 20;
    private readonly Lock _lock = new();
    private readonly HashSet<MarkKey> _failed = [];
    private int _weight;

    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return _weight >= OpensAt;
        }
    }

    public void Succeeded()
    {
        lock (_lock)
        {
            _failed.Clear();
            _weight = 0;
        }
    }

    /// <summary>Counts the failure of a stream, once however often it fails, and says whether the breaker is open.</summary>
    public bool Failed(MarkKey key, Exception failure)
    {
        lock (_lock)
        {
            if (_failed.Add(key))
                _weight += Failures.IsOfTheMessage(failure) ? 1 : MaybeADependency;
            return _weight >= OpensAt;
        }
    }
}

/// <summary>Nothing goes through any more.</summary>
internal sealed class BreakerOpenException(Exception last)
    : Exception($"stream after stream fails and nothing goes through, so something they all need seems to be down; paused, single messages probe: {last.Message}", last);
