using EventDriven.Contracts.Email;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Signup;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Recommendations.Profiles;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("recommendationsdb", configureDataSourceBuilder: PostgresSession.Configure);

builder.AddEventLog("recommendations", EmailContract.CommandTypes);
builder.AddMigrations(typeof(Program).Assembly);
builder.AddMessaging();
builder.AddSubscription("recommendations", [.. SignupContract.Types, .. OrdersContract.Types])
    .Handle<UserSignedUp, UserSignedUpHandler>()
    .Handle<OrderPlaced, OrderPlacedHandler>()
    .Handle<SubjectForgotten, SubjectForgottenHandler>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapProfiles();

await app.RunAsync();
