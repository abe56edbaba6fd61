using EventDriven.Contracts;
using EventDriven.Contracts.Accounts;
using EventDriven.Contracts.Email;
using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Contracts.Signup;
using EventDriven.Insights.Counting;
using EventDriven.Insights.Summary;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("insightsdb", configureDataSourceBuilder: PostgresSession.Configure);

builder.AddEventLog("insights", []); // it says nothing; its inbox comes with the log
builder.AddMigrations(typeof(Program).Assembly);
builder.AddMessaging();
builder.AddCounting("insights",
[
    .. SignupContract.Types, .. EmailContract.Types, .. EmailContract.CommandTypes, .. AccountsContract.Types, .. PaymentsContract.Types,
    .. OrdersContract.Types, .. FulfilmentContract.Types, .. Topics.LogAnchored.Where(t => !t.Senders.Contains("insights")),
]);

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapSummary();

await app.RunAsync();
