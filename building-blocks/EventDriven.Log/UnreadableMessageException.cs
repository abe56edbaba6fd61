namespace EventDriven.Log;

/// <summary>
/// The bytes of a message are not what its type's name says, or could not be made into the newest version. The same bytes will never
/// be readable by the same code: trying again is no use.
/// </summary>
public sealed class UnreadableMessageException(string type, string reason, Exception? cause = null)
    : Exception($"A {type} cannot be read: {reason}", cause)
{
    /// <summary>The name that the message came under.</summary>
    public string Type { get; } = type;
}
