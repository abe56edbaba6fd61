using EventDriven.Contracts;
using EventDriven.Contracts.Email;
using EventDriven.Contracts.Signup;
using EventDriven.Log;

namespace EventDriven.Tests;

/// <summary>Names on the wire stay: they are stored in every log and read by programs that nobody here knows.</summary>
public sealed class ContractTests
{
    private static readonly MessageType[] All = [.. SignupContract.Types, .. EmailContract.Types, .. EmailContract.CommandTypes];

    [Fact]
    public void Published_names_and_topics_are_the_ones_that_others_rely_on() => Assert.Equal(
        [
            "email.email-sent.v1 on email.events EmailSent(UserId, Template)",
            "email.send-email.v1 on email.commands SendEmail(UserId, Template, Values)",
            "signup.subject-forgotten.v1 on signup.events SubjectForgotten(UserId)",
            "signup.user-signed-up.v1 on signup.events UserSignedUp(UserId, Email, Name)",
        ],
        All.Select(t => $"{t.Name} on {t.Topic} {t.ClrType.Name}({string.Join(", ", t.ClrType.GetProperties().Select(p => p.Name))})").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_topic_is_declared_for_Setup() => Assert.Equal(Topics.All.Order(StringComparer.Ordinal), All.Select(t => t.Topic!).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void A_name_stands_in_a_register_once() =>
        Assert.Throws<ArgumentException>(() => new MessageTypes { MessageType.Private<UserSignedUp>("a.b.v1"), MessageType.Private<SendEmail>("a.b.v1") });
}
