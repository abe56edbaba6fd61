using EventDriven.Contracts.Accounts;
using EventDriven.Contracts.Email;
using EventDriven.Contracts.Signup;

namespace EventDriven.Contracts;

/// <summary>Every topic there is, declared once: Setup makes them, and the broker's rights derive from them.</summary>
public static class Topics
{
    public const int Partitions = 12;

    public static TimeSpan Retention { get; } = TimeSpan.FromDays(7);

    public static IReadOnlyList<string> All { get; } = [SignupContract.Events, EmailContract.Events, EmailContract.Commands, AccountsContract.Events];
}
