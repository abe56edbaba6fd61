namespace EventDriven.Log.Auditing;

/// <summary>
/// The log's service has anchored it: whoever keeps this message can tell later whether what came before it is still what it was.
/// Every service with a log says it.
/// </summary>
/// <param name="Count">How many events the log held.</param>
/// <param name="Hash">The hash over all of them, in hexadecimal.</param>
/// <param name="Position">The last position that it covers.</param>
public sealed record LogAnchored(long Count, string Hash, long Position)
{
    /// <summary>The type under which a service says it, on the topic of its events.</summary>
    public static MessageType TypeOf(string service) => MessageType.Published<LogAnchored>($"{service}.log-anchored.v1", $"{service}.events");
}
