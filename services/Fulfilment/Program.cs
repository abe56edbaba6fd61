using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Fulfilment.Orders;
using EventDriven.Fulfilment.Shipping;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("fulfilmentdb", configureDataSourceBuilder: PostgresSession.Configure);

builder.AddEventLog("fulfilment", FulfilmentContract.Types);
builder.AddMigrations(typeof(Program).Assembly);
builder.AddMessaging();
builder.AddShipping();

var subscription = builder.AddSubscription("fulfilment", [.. OrdersContract.Types, .. PaymentsContract.Types]);
if (builder.Configuration.GetValue<bool>("Fulfilment:Naive"))
    subscription.HandleNaively();
else if (builder.Configuration["Composition"] is "synchronous") // the rival that experiments compare with: Orders brings its half itself and waits
    subscription.HandleBothHalves(orders: builder.AddDirectDelivery("fulfilment", OrdersContract.Types));
else
    subscription.HandleBothHalves(orders: subscription);

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOrders();

await app.RunAsync();
