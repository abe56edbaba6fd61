using EventDriven.Contracts.Email;
using EventDriven.Contracts.Fulfilment;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Contracts.Signup;
using EventDriven.Email.Commands;
using EventDriven.Email.Forget;
using EventDriven.Email.Mailing;
using EventDriven.Email.Mails;
using EventDriven.Email.Orders;
using EventDriven.Email.Payments;
using EventDriven.Email.Welcome;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("emaildb", configureDataSourceBuilder: PostgresSession.Configure);
builder.AddKeyedNpgsqlDataSource("vaultdb", configureDataSourceBuilder: PostgresSession.Configure);

builder.AddEventLog("email", EmailContract.Types);
builder.AddMigrations(typeof(Program).Assembly);
builder.AddSubjectVault("vaultdb");
builder.AddMessaging();
builder.AddMailTransport();
builder.Services.AddSingleton<Mailer>();

// What Email is told to do, and which events it decides deserve a mail: both stand here, and nobody else knows.
var subscription = builder.AddSubscription("email",
        [.. SignupContract.Types, .. EmailContract.CommandTypes, .. OrdersContract.Types, .. PaymentsContract.Types, .. FulfilmentContract.Types])
    .Handle<UserSignedUp, UserSignedUpHandler>()
    .Handle<SubjectForgotten, SubjectForgottenHandler>()
    .Handle<PaymentFailed, PaymentFailedHandler>()
    .Handle<OrderShipped, OrderShippedHandler>()
    .Handle<SendEmail, SendEmailHandler>();
// In the synchronous composition, the rival that experiments compare with, Orders brings this one itself and waits.
(builder.Configuration["Composition"] is "synchronous" ? builder.AddDirectDelivery("email", OrdersContract.Types) : subscription)
    .Handle<OrderPlaced, OrderPlacedHandler>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapMails();

await app.RunAsync();
