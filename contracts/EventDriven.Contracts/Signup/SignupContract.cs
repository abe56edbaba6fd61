using EventDriven.Log;
using EventDriven.Log.PersonalData;

namespace EventDriven.Contracts.Signup;

/// <summary>What Signup says to others.</summary>
public static class SignupContract
{
    public const string Events = "signup.events";

    public static MessageTypes Types { get; } =
    [
        MessageType.Published<UserSignedUp>("signup.user-signed-up.v1", Events),
        MessageType.Published<SubjectForgotten>("signup.subject-forgotten.v1", Events),
    ];
}

/// <summary>Somebody signed up. Address and name can be read with the subject's key only.</summary>
public sealed record UserSignedUp(Guid UserId, PersonalText Email, PersonalText Name);

/// <summary>Somebody asked to be forgotten: whoever keeps clear text about them deletes it.</summary>
public sealed record SubjectForgotten(Guid UserId);
