using Azure.Identity;
using Confluent.Kafka;
using EventDriven.Messaging;

namespace EventDriven.Dashboard.Watch;

/// <summary>Wires what this dashboard asks the parts of the system.</summary>
internal static class WatchRegistration
{
    extension(WebApplicationBuilder builder)
    {
        public void AddWatch()
        {
            builder.Services.AddOptions<ControlOptions>().BindConfiguration("Control").Configure(options =>
                options.Services = [.. builder.Configuration.GetSection("services").GetChildren().Select(service => service.Key).Order(StringComparer.Ordinal)])
                .Validate(options => builder.Environment.IsDevelopment() || options.Token.Length > 0, "Control:Token is missing: outside Development set Control__Token to the services' own.")
                .ValidateOnStart();

            // EXTEXP0001: the only way to take the retries off one client. A service that is down is asked again in two seconds anyway.
#pragma warning disable EXTEXP0001
            builder.Services.AddHttpClient<ControlClient>(http => http.Timeout = TimeSpan.FromSeconds(3)).RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001

            builder.AddInfrastructure();
            builder.Services.AddBackground<SystemWatch>();
        }

        // Neither has a health check here: a dashboard without broker and database is still a dashboard.
        private void AddInfrastructure()
        {
            if (builder.Configuration.GetConnectionString("kafka") is not null)
            {
                // A broker that is down shows on every page; without a handler the client writes it to the console, twenty times a second.
                var security = KafkaSecurity.Of(builder.Configuration);
                var tokens = security.Tokens(new DefaultAzureCredential());
                builder.AddKafkaProducer<string, byte[]>("kafka",
                    settings =>
                    {
                        (settings.DisableHealthChecks, settings.DisableMetrics, settings.DisableTracing) = (true, true, true);
                        security.Secure(settings.Config);
                    },
                    (_, producer) =>
                    {
                        producer.SetLogHandler(static (_, _) => { });
                        if (tokens is not null)
                            producer.SetOAuthBearerTokenRefreshHandler(tokens);
                    });
                builder.Services.AddSingleton(services => new KafkaPart(services.GetRequiredService<IProducer<string, byte[]>>(), security, tokens));
                builder.Services.AddSingleton<IPart>(services => services.GetRequiredService<KafkaPart>());
            }

            if (builder.Configuration.GetConnectionString("postgres") is not null)
            {
                builder.AddNpgsqlDataSource("postgres", settings =>
                    (settings.DisableHealthChecks, settings.DisableMetrics, settings.DisableTracing) = (true, true, true));
                builder.Services.AddSingleton<IPart, PostgresPart>();
            }
        }
    }
}
