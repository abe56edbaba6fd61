using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.TortureWorker;
using EventDriven.TortureWorker.Doubles;
using EventDriven.TortureWorker.Handling;
using EventDriven.TortureWorker.Writing;
using Npgsql;

// One process of the torture system: a service as any other, on AddEventLog, AddMessaging and AddSubscription.
var builder = WebApplication.CreateBuilder(args);
var worker = builder.Configuration.GetRequiredSection("Torture").Get<WorkerOptions>()!;
builder.Services.AddOptions<WorkerOptions>().BindConfiguration("Torture").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddServiceDiscovery();
builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
builder.Services.AddSingleton(_ =>
{
    var source = new NpgsqlDataSourceBuilder(builder.Configuration.GetConnectionString("database"));
    PostgresSession.Configure(source);
    source.ConnectionStringBuilder.ApplicationName = worker.Name;
    return source.Build();
});

builder.AddEventLog(worker.Service, worker.Role == WorkerOptions.Writer ? Contract.Types(worker.Source) : []);
builder.AddMigrations(typeof(Contract).Assembly);
if (worker.Double != DoubleNames.NaiveCursor || worker.Role != WorkerOptions.Writer)
    builder.AddMessaging();

if (worker.Role == WorkerOptions.Writer)
{
    builder.Services.AddSingleton(_ => new HistoryFile(worker.History));
    if (worker.Writes)
        builder.Services.AddSingleton<Writer>().AddHostedService(s => s.GetRequiredService<Writer>());
    if (worker.Double == DoubleNames.NaiveCursor)
        builder.AddNaiveCursor();
}
else if (worker.Double is DoubleNames.NoInbox or DoubleNames.NoFence)
{
    builder.AddFaultyConsumer(hasMarks: worker.Double == DoubleNames.NoFence);
}
else
{
    var readable = Contract.Types(worker.Source);
    builder.AddSubscription(Contract.Group(Contract.Steady, worker.Service), readable).Handle<Counted, SteadyHandler>();
    builder.AddSubscription(Contract.Group(Contract.Poisoned, worker.Service), readable).Handle<Counted, PoisonedHandler>();
}

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapPost("/end", (IServiceProvider services) => services.GetService<Writer>()?.End());
if (worker.Double != DoubleNames.NaiveCursor || worker.Role != WorkerOptions.Writer)
    app.MapMessaging();
await app.RunAsync();
