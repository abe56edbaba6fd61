using EventDriven.EventSourcing.Projections;
using EventDriven.EventSourcing.Projections.Builds;
using EventDriven.EventSourcing.Projections.Control;
using EventDriven.EventSourcing.Projections.Freshness;
using EventDriven.EventSourcing.Projections.Running;
using EventDriven.EventSourcing.Snapshots;
using EventDriven.Log;
using EventDriven.Log.Control;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventDriven.EventSourcing;

/// <summary>Adds event sourcing to a service that has a log.</summary>
public static class EventSourcingRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>
        /// Adds the schema of snapshots and projections, and the answers 404 and 409 for <see cref="StreamNotFoundException"/> and
        /// <see cref="DomainRuleException"/>. Call it after the log was added and before the service's own migrations.
        /// </summary>
        public void AddEventSourcing()
        {
            builder.AddMigrations(typeof(EventSourcingRegistration).Assembly);
            var services = builder.Services;
            services.AddExceptionHandler<RefusalExceptionHandler>();
            services.AddExceptionHandler<FreshnessExceptionHandler>();
            services.AddSingleton<BuildTable>();
            services.AddSingleton<BuildSwitch>();
            services.AddSingleton<EventPages>();
            services.AddSingleton<ProjectionProgress>();
            services.AddSingleton(s => new ReadModels(
                s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<EventLog>(), s.GetRequiredService<ProjectionProgress>(), s.GetRequiredService<TimeProvider>()));
            services.AddSingleton<ProjectionViews>();
            services.AddSingleton<ProjectionOperations>();
            services.AddSingleton<IControlledPart, ProjectionEndpoints>();
            services.AddHostedService<ProjectionRunner>();
            services.AddHostedService<ProjectionGauges>();
        }

        /// <summary>
        /// Adds a projection, run in the process that holds the log's lease; a migration declares its tables. While a new version is built,
        /// the version before stays fresh as long as its code is added too.
        /// </summary>
        public void AddProjection(IProjection projection) => builder.Services.AddSingleton(ProjectionCode.Of(projection));

        /// <inheritdoc cref="AddProjection(IHostApplicationBuilder, IProjection)"/>
        public void AddProjection<TDocument>(IDocumentProjection<TDocument> projection) where TDocument : class =>
            builder.Services.AddSingleton(ProjectionCode.Of(projection));

        /// <summary>Adds a <see cref="DeciderStore{TCommand, TState}"/>.</summary>
        /// <param name="decider">The rules.</param>
        /// <param name="snapshots">When a state is kept; never when null.</param>
        /// <param name="inline">What changes in the same commit as the events.</param>
        public void AddDecider<TCommand, TState>(Decider<TCommand, TState> decider, SnapshotPolicy? snapshots = null, params IReadOnlyList<IInlineProjection> inline)
            where TCommand : notnull where TState : notnull =>
            builder.Services.AddSingleton(services => new DeciderStore<TCommand, TState>(
                decider, services.GetRequiredService<EventLog>(), services.GetRequiredService<NpgsqlDataSource>(), snapshots, inline));
    }
}
