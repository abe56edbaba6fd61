namespace EventDriven.Log;

/// <summary>
/// A command is refused by the state it meets: nothing is wrong with the system, and trying again does not help. An endpoint answers
/// 409; a subscription records the message as refused, with the reason, and goes on with its stream.
/// </summary>
/// <param name="reason">For people.</param>
/// <param name="code">For programs: stable, lower case with hyphens, as in <c>insufficient-funds</c>.</param>
public sealed class DomainRuleException(string reason, string code = "refused") : Exception(reason)
{
    /// <summary>The reason for programs.</summary>
    public string Code { get; } = code;
}
