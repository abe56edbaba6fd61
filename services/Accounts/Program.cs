using System.Text.Json.Serialization;
using EventDriven.Accounts.Balance;
using EventDriven.Accounts.Deposit;
using EventDriven.Accounts.Freeze;
using EventDriven.Accounts.Open;
using EventDriven.Accounts.Rules;
using EventDriven.Accounts.Withdraw;
using EventDriven.Contracts.Accounts;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("accountsdb", configureDataSourceBuilder: PostgresSession.Configure);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict); // money is never a text

builder.AddEventLog("accounts", [.. AccountsContract.Types.Where(type => !type.ClrType.IsAssignableTo(typeof(ITransferEvent)))]); // transfers come next
builder.AddEventSourcing();
builder.AddDecider(AccountDecider.Decider, new SnapshotPolicy("account.v1"));
builder.AddMessaging();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOpen();
app.MapDeposit();
app.MapWithdraw();
app.MapFreeze();
app.MapAccount();

await app.RunAsync();
