using System.Text.Json.Serialization;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Payments;
using EventDriven.Payments.Accounts;
using EventDriven.Payments.Cancel;
using EventDriven.Payments.Find;
using EventDriven.Payments.Pay;
using EventDriven.Payments.Rules;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("paymentsdb", configureDataSourceBuilder: PostgresSession.Configure);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict); // money is never a text

builder.AddEventLog("payments", PaymentEvents.Types);
builder.AddEventSourcing();
builder.AddDecider(PaymentDecider.Decider);
builder.AddMessaging();
builder.Services.AddOptions<PaymentsOptions>().BindConfiguration("Payments").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddHttpClient<AccountsClient>(http => http.BaseAddress = new("https+http://accounts"))
    .AnswersWithin(builder.Configuration.GetValue("Payments:AccountsWithin", new PaymentsOptions().AccountsWithin));

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapPay();
app.MapCancel();
app.MapPayment();

await app.RunAsync();
