namespace EventDriven.Log;

/// <summary>
/// A command is refused by the state it meets: nothing is wrong with the system, and trying again does not help. An endpoint answers
/// 409; a subscription records the message as refused, with the reason, and goes on with its stream.
/// </summary>
public sealed class DomainRuleException(string reason) : Exception(reason);
