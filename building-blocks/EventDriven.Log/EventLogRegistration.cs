using System.Reflection;
using EventDriven.Log.Auditing;
using EventDriven.Log.Database;
using EventDriven.Log.PersonalData;
using EventDriven.Log.Requests;
using EventDriven.Log.Sequencing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.Log;

/// <summary>Adds the log to a service.</summary>
public static class EventLogRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>
        /// Adds the service's log, its schema, its sequencer and its audit, which publishes <see cref="LogAnchored"/> to
        /// <c>{service}.events</c>. Needs an <see cref="NpgsqlDataSource"/> for the service's role and the connection string
        /// <c>{service}dbowner</c>, which only the migration uses.
        /// </summary>
        /// <param name="service">The service's name, which is also its role's and its source's.</param>
        /// <param name="types">What it may append and read.</param>
        public void AddEventLog(string service, MessageTypes types)
        {
            var ownerConnection = builder.Configuration.GetConnectionString($"{service}dbowner")
                ?? throw new InvalidOperationException($"Connection string '{service}dbowner' is missing: run the service through EventDriven.AppHost, or set ConnectionStrings__{service}dbowner.");

            var services = builder.Services;
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton(new MigrationScripts(typeof(EventLog).Assembly));
            services.AddHostedService(s => new DatabaseMigration(service, ownerConnection, s.GetServices<MigrationScripts>(),
                s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<DatabaseMigration>>()));
            services.AddSingleton(s => new EventLog(service, s.GetRequiredService<NpgsqlDataSource>(), [.. types, LogAnchored.TypeOf(service)], s.GetRequiredService<TimeProvider>()));
            services.AddSingleton(s => new IdempotentRequests(s.GetRequiredService<EventLog>()));
            services.AddExceptionHandler<UnavailableExceptionHandler>();
            services.AddProblemDetails();
            services.AddSingleton<Troubles>();
            services.AddHealthChecks().AddCheck<Troubles>("log and messaging", HealthStatus.Degraded);
            services.AddSingleton<Sequencer>();
            services.AddHostedService(s => s.GetRequiredService<Sequencer>());
            services.AddHostedService<AppendNotices>();
            services.AddOptions<AuditOptions>().BindConfiguration("Audit").ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<AuditReader>();
            services.AddSingleton<SweepTable>();
            services.AddSingleton<AuditGauges>();
            services.AddSingleton(s => new LogAudit(s.GetRequiredService<AuditReader>(), s.GetRequiredService<NpgsqlDataSource>()));
            services.AddHostedService<LogSweep>();
        }

        /// <summary>Adds the <c>.sql</c> files embedded in an assembly to what is applied, after the building blocks' own.</summary>
        public void AddMigrations(Assembly assembly) => builder.Services.AddSingleton(new MigrationScripts(assembly));

        /// <summary>Adds a follower of the service's own log.</summary>
        public void AddLogFollower<T>() where T : class, ILogFollower
        {
            builder.Services.AddSingleton<T>();
            builder.Services.AddSingleton<IHostedService>(s => ActivatorUtilities.CreateInstance<LogFollowerWorker>(s, s.GetRequiredService<T>()));
        }

        /// <summary>Adds the vault of personal keys; needs a keyed <see cref="NpgsqlDataSource"/> of that name.</summary>
        public void AddSubjectVault(string connectionName)
        {
            builder.Services.AddOptions<VaultOptions>().BindConfiguration("Vault").ValidateDataAnnotations().ValidateOnStart();
            builder.Services.AddSingleton(s => new SubjectVault(
                s.GetRequiredKeyedService<NpgsqlDataSource>(connectionName), s.GetRequiredService<IOptions<VaultOptions>>(), s.GetRequiredService<TimeProvider>()));
        }
    }
}
