using Aspire.Confluent.Kafka;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

/// <summary>An <see cref="IProducer{TKey,TValue}"/> with health check, from a connection name.</summary>
public static class AspireKafkaProducerExtensions
{
    private const string Section = "Aspire:Confluent:Kafka:Producer";
    private const string HealthCheck = "Aspire.Confluent.Kafka.Producer";

    public static void AddKafkaProducer<TKey, TValue>(this IHostApplicationBuilder builder, string connectionName) =>
        builder.AddKafkaProducer<TKey, TValue>(connectionName, null, (Action<IServiceProvider, ProducerBuilder<TKey, TValue>>?)null);

    public static void AddKafkaProducer<TKey, TValue>(
        this IHostApplicationBuilder builder, string connectionName, Action<KafkaProducerSettings>? configureSettings) =>
        builder.AddKafkaProducer<TKey, TValue>(connectionName, configureSettings, (Action<IServiceProvider, ProducerBuilder<TKey, TValue>>?)null);

    public static void AddKafkaProducer<TKey, TValue>(
        this IHostApplicationBuilder builder, string connectionName,
        Action<KafkaProducerSettings>? configureSettings, Action<IServiceProvider, ProducerBuilder<TKey, TValue>>? configureBuilder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        var settings = Settings(builder.Configuration, connectionName);
        configureSettings?.Invoke(settings);
        if (settings.ConnectionString is not null) settings.Config.BootstrapServers = settings.ConnectionString;

        builder.Services.AddSingleton(services =>
        {
            if (string.IsNullOrEmpty(settings.Config.BootstrapServers))
                throw new InvalidOperationException("No bootstrap servers configured.");
            var producer = new ProducerBuilder<TKey, TValue>(settings.Config);
            configureBuilder?.Invoke(services, producer);
            return producer.Build();
        });

        if (settings.DisableHealthChecks) return;
        builder.Services.TryAddKeyedSingleton(HealthCheck, (_, _) => new KafkaHealthCheck(settings.Config));
        builder.AddHealthCheckOnce(HealthCheck, services => services.GetRequiredKeyedService<KafkaHealthCheck>(HealthCheck));
    }

    private static KafkaProducerSettings Settings(IConfiguration configuration, string connectionName)
    {
        var settings = new KafkaProducerSettings();
        var section = configuration.GetSection(Section);
        foreach (var bound in (IConfigurationSection[])[section, section.GetSection(connectionName)])
        {
            bound.Bind(settings);
            bound.GetSection(nameof(settings.Config)).Bind(settings.Config);
        }

        settings.ConnectionString = configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
        return settings;
    }

    // Produces to the same topic as Aspire's check does, so that a broker without it fails here too.
    private sealed class KafkaHealthCheck(ProducerConfig config) : IHealthCheck, IDisposable
    {
        private readonly Lazy<IProducer<string, string>> producer = new(() => new ProducerBuilder<string, string>(
            new ProducerConfig(config.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal)) { SocketTimeoutMs = 1000, MessageTimeoutMs = 1000 }).Build());

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await producer.Value.ProduceAsync("healthchecks-topic", new Message<string, string> { Key = "healthcheck-key", Value = "" }, cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (KafkaException e)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, e.Error.Reason, e);
            }
        }

        public void Dispose()
        {
            if (producer.IsValueCreated) producer.Value.Dispose();
        }
    }
}
