using System.Text.Json.Serialization;
using EventDriven.Accounts;
using EventDriven.Contracts.Accounts;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("accountsdb", configureDataSourceBuilder: PostgresSession.Configure);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict); // money is never a text

builder.AddEventLog("accounts", AccountsContract.Types);
builder.AddAccounts();
builder.AddMessaging();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapAccounts();

await app.RunAsync();
