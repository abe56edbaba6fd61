using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventDriven.AppHost;

/// <summary>Kafka: a container where there is an engine, else a process.</summary>
internal static partial class KafkaBroker
{
    public static IResourceBuilder<IResourceWithConnectionString> AddKafkaBroker(
        this IDistributedApplicationBuilder builder, string name, DataFolder data)
    {
        IResourceBuilder<IResourceWithConnectionString>? container = null;
        TryContainer(builder, name, ref container);
        return container ?? AddProcess(builder, name, data);
    }

    /// <summary>
    /// Where the broker is a process here, whoever is gone is replaced as soon as the broker allows, which people wait for who end a service
    /// to see what happens. In memory an empty fetch waits its whole time, and who joins again most of a session: both are kept short there.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithBrokerTuning(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<IResourceWithConnectionString> kafka)
    {
        if (kafka.Resource is not KafkaProcess process) return service;
        return process.IsInMemory
            ? service.WithEnvironment("Messaging__SessionTimeoutMs", "2500").WithEnvironment("Messaging__FetchWaitMs", "20")
            : service.WithEnvironment("Messaging__SessionTimeoutMs", "6000");
    }

    // Where the real Aspire is: in KafkaBroker.Containers.cs.
    static partial void TryContainer(IDistributedApplicationBuilder builder, string name, ref IResourceBuilder<IResourceWithConnectionString>? container);

    private static IResourceBuilder<KafkaProcess> AddProcess(IDistributedApplicationBuilder builder, string name, DataFolder data)
    {
        var (port, controllerPort) = (FreePort.Next(), FreePort.Next());
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var broker = new KafkaProcess(name, dotnet, AppContext.BaseDirectory, builder.Configuration["KAFKA_HOME"]);

        builder.Services.AddSingleton(_ => new KafkaHealthCheck($"127.0.0.1:{port}"));
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            $"{name}_check", services => services.GetRequiredService<KafkaHealthCheck>(), HealthStatus.Unhealthy, tags: null));

        return builder.AddResource(broker)
            .WithArgs(
                Path.Combine(AppContext.BaseDirectory, "EventDriven.LocalKafka.dll"),
                port.ToString(CultureInfo.InvariantCulture), controllerPort.ToString(CultureInfo.InvariantCulture), data.Part("kafka"))
            .WithEnvironment("KAFKA_HOME", broker.KafkaHome)
            .WithEndpoint(port: port, targetPort: port, name: "tcp", isProxied: false)
            .WithHealthCheck($"{name}_check")
            .OnBeforeResourceStarted((_, started, _) =>
            {
                if (broker.IsInMemory) IsEphemeral(Logger(started.Services));
                return Task.CompletedTask;
            })
            .OnResourceStopped((_, stopped, _) =>
            {
                if (broker.IsInMemory) EndRun(stopped.Services);
                return Task.CompletedTask;
            });
    }

    // What it held is gone, and with it the truth of every offset and mark: nothing can go on.
    private static void EndRun(IServiceProvider services)
    {
        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        if (lifetime.ApplicationStopping.IsCancellationRequested) return;
        BrokerIsGone(Logger(services));
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }

    private static ILogger<KafkaProcess> Logger(IServiceProvider services) => services.GetRequiredService<ILogger<KafkaProcess>>();

    [LoggerMessage(LogLevel.Warning, "The broker is in memory: this run starts empty and nothing of it is kept. Set KAFKA_HOME to an Apache Kafka 4 distribution to keep it.")]
    private static partial void IsEphemeral(ILogger logger);

    [LoggerMessage(LogLevel.Critical, "The in-memory broker has ended and every message with it: everything is stopped. Start again.")]
    private static partial void BrokerIsGone(ILogger logger);
}
