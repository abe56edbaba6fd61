using System.Collections.ObjectModel;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Engine;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Both the builder of an AppHost and the one a test gets in its hands.</summary>
internal sealed class LocalApplicationBuilder : IDistributedApplicationTestingBuilder
{
    private readonly EntryPointHook? test = EntryPointHook.Current;
    private readonly HostApplicationBuilder host;

    public LocalApplicationBuilder(string[] args)
    {
        AppHostAssembly = test?.AppHost ?? Assembly.GetEntryAssembly();
        AppHostDirectory = BuildFacts.AppHostDirectory(AppHostAssembly) ?? Directory.GetCurrentDirectory();
        host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            ContentRootPath = AppHostDirectory,
            ApplicationName = AppHostAssembly?.GetName().Name,
            EnvironmentName = test is null ? null : Environments.Development,
        });
        ExecutionContext = new DistributedApplicationExecutionContext(
            string.Equals(Configuration["operation"], "publish", StringComparison.OrdinalIgnoreCase) || Configuration["publisher"] is not null
                ? DistributedApplicationOperation.Publish
                : DistributedApplicationOperation.Run);
        AddEngine();
    }

    public ConfigurationManager Configuration => host.Configuration;

    public IHostEnvironment Environment => host.Environment;

    public IServiceCollection Services => host.Services;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (Resources.Any(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"Two resources are named '{resource.Name}'.");
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        // A test takes over here: the rest of the entry point, which would run the application, is given up.
        if (test is null) return new DistributedApplication(host.Build());
        test.Complete(this);
        throw new HostAbortedException();
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new DistributedApplication(host.Build()));

    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void AddEngine()
    {
        // The console is the reporter's; what the AppHost itself logs goes through it too.
        Services.AddLogging(logging => logging.ClearProviders().AddFilter("Microsoft", LogLevel.None));
        Services.AddSingleton<ILoggerProvider, AppHostLog>();
        Services.AddSingleton(_ => new ConsoleReporter(silent: test is not null, verbose: Configuration.GetValue<bool>("verbose")));
        Services.AddSingleton(_ => new ResourceNotificationService());
        Services.AddSingleton(services => new ResourceCommandService(services.GetRequiredService<Orchestrator>()));
        Services.AddSingleton(new EngineOptions(
            Resources, ExecutionContext, RandomPorts: test is not null, StopsOnFailure: test is null, LogDirectory: () => Configuration["Logs:Directory"]));
        Services.AddSingleton<Orchestrator>();
        Services.AddHostedService(services => services.GetRequiredService<Orchestrator>());
        Services.AddHealthChecks();
        Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMinutes(1));
    }

    private sealed class ResourceCollection : Collection<IResource>, IResourceCollection;
}
