using EventDriven.AppHost;

var builder = DistributedApplication.CreateBuilder(Switches.WithValues(args));
var data = builder.AddDataFolder();

var kafka = builder.AddKafkaBroker("kafka", data);
var postgres = builder.AddPostgresServer("postgres", data);
var mail = builder.AddMailCatcher("mail", data);

var setup = builder.AddProject<Projects.EventDriven_Setup>("setup")
    .WithReference(kafka).WaitFor(kafka)
    .WithReference(postgres).WaitFor(postgres);

var tokens = builder.AddTokens();
var dashboard = builder.AddProject<Projects.Dashboard>("dashboard")
    .WithReference(kafka)
    .WithServerView(postgres, setup, data)
    .WithTokens(tokens).WithSignInLink(tokens).WithTelemetryIngest(tokens)
    .WithHttpHealthCheck("/health").WaitForCompletion(setup);

List<IResourceBuilder<IResource>> services = [];
var signup = AddService<Projects.Signup>("signup").WithDatabase(postgres, setup, data).WithVault(postgres, data)
    .WithEnvironment("Signup__AddressKey", builder.AddSecret("signup-address-key", data));
var email = AddService<Projects.Email>("email").WithDatabase(postgres, setup, data).WithVault(postgres, data)
    .WithReference(mail);
var recommendations = AddService<Projects.Recommendations>("recommendations").WithDatabase(postgres, setup, data).WithVault(postgres, data);
var accounts = AddService<Projects.Accounts>("accounts").WithDatabase(postgres, setup, data);
var payments = AddService<Projects.Payments>("payments").WithDatabase(postgres, setup, data).WithReference(accounts);
var orders = AddService<Projects.Orders>("orders").WithDatabase(postgres, setup, data).WithReference(payments);
var fulfilment = AddService<Projects.Fulfilment>("fulfilment").WithDatabase(postgres, setup, data);
var insights = AddService<Projects.Insights>("insights").WithDatabase(postgres, setup, data);
var traffic = AddService<Projects.Traffic>("traffic")
    .WithReference(signup).WithReference(accounts).WithReference(orders)
    .WithEnvironment("Traffic__Rate", builder.Configuration["Traffic:Rate"] ?? "2");

// Whom a subscriber listens to: it asks their logs for what a topic no longer has. Nobody waits for anybody.
email.WithReference(signup).WithReference(recommendations).WithReference(orders).WithReference(payments).WithReference(fulfilment);
recommendations.WithReference(signup).WithReference(orders);
orders.WithReference(fulfilment);
fulfilment.WithReference(orders).WithReference(payments);
insights.WithReference(signup).WithReference(email).WithReference(recommendations).WithReference(accounts)
    .WithReference(payments).WithReference(orders).WithReference(fulfilment);

// The rival, for experiments and benchmarks: Orders calls those who otherwise hear of it from its log.
if (builder.Configuration["Orders:Composition"] is "synchronous")
    orders.CallsInline(email, recommendations, fulfilment);

dashboard.WithHostControl(tokens, data, services).WithExperiments();
builder.PublishToAzure(setup, dashboard, traffic);

builder.Build().Run();

// What every service has. It does not wait for the broker: one that is started again while the broker is down must start.
IResourceBuilder<ProjectResource> AddService<TProject>(string name) where TProject : IProjectMetadata, new()
{
    var service = builder.AddProject<TProject>(name)
        .WithReference(kafka).WithBrokerTuning(kafka)
        .WithTokens(tokens).WithTelemetryTo(dashboard, tokens)
        .WithHttpHealthCheck("/health").WaitForCompletion(setup);
    dashboard.WithReference(service);
    services.Add(service);
    return service;
}
