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
var subscription = builder.AddSubscription("recommendations", [.. SignupContract.Types, .. OrdersContract.Types])
    .Handle<UserSignedUp, UserSignedUpHandler>()
    .Handle<SubjectForgotten, SubjectForgottenHandler>();
// In the synchronous composition, the rival that experiments compare with, Orders brings this one itself and waits.
(builder.Configuration["Composition"] is "synchronous" ? builder.AddDirectDelivery("recommendations", OrdersContract.Types) : subscription)
    .Handle<OrderPlaced, OrderPlacedHandler>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapProfiles();

await app.RunAsync();
