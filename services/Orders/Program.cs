using System.Text.Json.Serialization;
using EventDriven.Contracts.Fulfilment;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Orders;
using EventDriven.Orders.FollowUp;
using EventDriven.Orders.OrderDetails;
using EventDriven.Orders.OrderList;
using EventDriven.Orders.Payments;
using EventDriven.Orders.PlaceOrder;
using EventDriven.Orders.Resolve;
using EventDriven.Orders.Rules;
using EventDriven.Orders.Shipment;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("ordersdb", configureDataSourceBuilder: PostgresSession.Configure);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict); // money is never a text
builder.Services.AddOptions<OrdersOptions>().BindConfiguration("Orders").ValidateDataAnnotations().ValidateOnStart();
var options = builder.Configuration.GetSection("Orders").Get<OrdersOptions>() ?? new();

builder.AddEventLog("orders", OrderEvents.Types);
builder.AddEventSourcing();
builder.AddMigrations(typeof(Program).Assembly);
// Longer than a request takes at most: an order is not taken back while its own request waits for the answer.
builder.AddDecider(OrderDecider.Decider, inline: new OrderKeys.Projection(
    AskAfter: options.AnswerWithin + TimeSpan.FromSeconds(1), IsDoneWhenPlaced: options.Composition is Composition.Events));
builder.AddProjection(new OrderListProjection());
builder.AddMessaging();
builder.Services.AddHttpClient<PaymentsClient>(http => http.BaseAddress = new("https+http://payments")).AnswersWithin(options.AnswerWithin);
builder.AddFollowUp(options);
builder.Services.AddSingleton<OrderKeys>();
builder.Services.AddTransient<Checkout>();
builder.Services.AddSingleton<PendingOrders>();
builder.Services.AddHostedService<Resolver>();
builder.AddSubscription("orders", FulfilmentContract.Types)
    .Handle<OrderShipped, OrderShippedHandler>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapPlaceOrder();
app.MapOrder();
app.MapOrderList();

await app.RunAsync();
