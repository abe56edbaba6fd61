using Azure.Identity;
using Confluent.Kafka;
using EventDriven.Messaging;
using EventDriven.ServiceDefaults;
using EventDriven.Setup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Runs before the services, with rights that no service has, and is safe to run again at any time.
// --restored <service>: a step of the runbook after a service's database was restored to an earlier time, before the service starts.
var builder = Host.CreateApplicationBuilder(args);
builder.RefuseWhatIsForDevelopment();
var server = builder.Configuration.GetConnectionString("postgres")
    ?? throw new InvalidOperationException("Connection string 'postgres' is missing: run Setup through EventDriven.AppHost, or set ConnectionStrings__postgres to the server's superuser.");
if (builder.Configuration["restored"] is { } restored)
{
    Console.WriteLine($"The log of {restored} is {await Databases.BeginNewIncarnation(server, restored)} from now on. Its subscribers pause it until an operator accepts.");
    return;
}

var security = KafkaSecurity.Of(builder.Configuration);
var tokens = security.Tokens(new DefaultAzureCredential());
builder.AddKafkaProducer<Null, byte[]>("kafka",
    settings =>
    {
        settings.DisableHealthChecks = true; // it would write to a topic of its own
        security.Secure(settings.Config);
    },
    (_, producer) =>
    {
        if (tokens is not null)
            producer.SetOAuthBearerTokenRefreshHandler(tokens);
    });
using var host = builder.Build();

await Databases.Prepare(server, builder.Configuration.GetSection("Roles").GetChildren().ToDictionary(role => role.Key, role => role.Value ?? ""));
await Broker.Prepare(host.Services.GetRequiredService<IProducer<Null, byte[]>>(),
    grantsRights: builder.Configuration.GetValue<bool>("Setup:GrantsRights"));
