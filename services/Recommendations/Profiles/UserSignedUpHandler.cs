using System.Collections.Immutable;
using System.Text.Json;
using EventDriven.Contracts.Email;
using EventDriven.Contracts.Signup;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Recommendations.Profiles;

/// <summary>Makes a profile with first picks, and commands Email to tell the user: it wants that one mail, not whatever others decide.</summary>
internal sealed class UserSignedUpHandler : IMessageHandler<UserSignedUp>
{
    public Task Handle(UserSignedUp message, MessageContext context, CancellationToken ct)
    {
        var picks = Picks.First(message.UserId);
        context.Execute(new("insert into recommendations.profiles (user_id, picks) values ($1, $2::jsonb)",
            message.UserId, JsonSerializer.Serialize(picks, EventLog.Json)));
        var values = ImmutableDictionary<string, string>.Empty.Add("picks", string.Join(", ", picks.Select(p => p.Sku)));
        context.Append(new("profile", message.UserId), ExpectedVersion.Any, new NewEvent(new SendEmail(message.UserId, "first-picks", values)));
        return Task.CompletedTask;
    }
}

/// <summary>A forgotten user has no profile.</summary>
internal sealed class SubjectForgottenHandler : IMessageHandler<SubjectForgotten>
{
    public Task Handle(SubjectForgotten message, MessageContext context, CancellationToken ct)
    {
        context.Execute(new("delete from recommendations.profiles where user_id = $1", message.UserId));
        context.Execute(new("delete from recommendations.purchases where user_id = $1", message.UserId));
        return Task.CompletedTask;
    }
}
