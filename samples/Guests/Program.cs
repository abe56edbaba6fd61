using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Npgsql;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddNpgsqlDataSource(builder.Configuration.GetConnectionString("guestsdb")!, PostgresSession.Configure);
builder.Services.AddServiceDiscovery().ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
builder.AddEventLog("guests", []);
builder.AddMigrations(typeof(Program).Assembly);
builder.AddMessaging();
builder.AddSubscription("guests", [MessageType.Published<UserSignedUp>("signup.user-signed-up.v1", "signup.events")])
    .Handle<UserSignedUp, UserSignedUpHandler>();

var app = builder.Build();
app.MapMessaging();
app.MapGet("/guests/{userId:guid}", async (Guid userId, NpgsqlDataSource database) =>
{
    await using var find = database.CreateCommand("select signed_up_at from guests.guests where user_id = $1");
    find.Parameters.AddWithValue(userId);
    return await find.ExecuteScalarAsync() is DateTime at ? Results.Ok(new { userId, signedUpAt = at }) : Results.NotFound();
});
await app.RunAsync();

/// <summary>What is read of the message; its other fields are somebody else's.</summary>
internal sealed record UserSignedUp(Guid UserId);

/// <summary>Keeps who has signed up, and when.</summary>
internal sealed class UserSignedUpHandler : IMessageHandler<UserSignedUp>
{
    public Task Handle(UserSignedUp message, MessageContext context, CancellationToken ct)
    {
        context.Execute(new("insert into guests.guests (user_id, signed_up_at) values ($1, $2)", message.UserId, context.RecordedAt));
        return Task.CompletedTask;
    }
}
