using Azure.Core;
using Azure.Identity;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging.AsyncApi;
using EventDriven.Messaging.Control;
using EventDriven.Messaging.Direct;
using EventDriven.Messaging.Publishing;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Subscriptions.Consuming;
using EventDriven.Messaging.Subscriptions.Healing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging;

/// <summary>Adds messaging to a service that has a log.</summary>
public static class MessagingRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>Adds the relay from the service's log to Kafka, and what the control endpoints need. Call it after the log was added.</summary>
        public void AddMessaging()
        {
            var services = builder.Services;
            services.AddOptions<MessagingOptions>()
                .BindConfiguration("Messaging")
                .Configure(o => o.Broker = builder.Configuration.GetConnectionString("kafka") ?? o.Broker)
                .ValidateDataAnnotations().ValidateOnStart();
            services.AddOptions<ControlOptions>().BindConfiguration("Control").ValidateDataAnnotations().ValidateOnStart();
            services.AddOptions<BackfillOptions>().BindConfiguration("Backfill").ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton(new MigrationScripts(typeof(Relay).Assembly));
            services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential()); // asks for nothing until a client needs a token
            services.AddSingleton<KafkaClients>();
            services.AddSingleton<BackfillRate>();
            services.AddSingleton<ControlQueries>();
            services.AddSingleton<FailureQueries>();
            services.AddSingleton<RelayCheckpoint>();
            services.AddSingleton<Operations>();
            services.AddSingleton<ReplayStarts>();
            services.AddSingleton<Replays>();
            services.AddSingleton<Reconciliation>();
            services.AddHttpClient(BackfillClient.Name);
            services.AddSingleton<BackfillClient>();
            services.AddSingleton(s => new DirectMessages(s.GetRequiredService<EventLog>(), s.GetRequiredService<IOptions<BackfillOptions>>()));
            services.AddHostedService<Relay>();
            services.AddHostedService<OutboxGauges>();
        }

        /// <summary>Adds a subscription: a consumer group of this name, with an inbox of its own.</summary>
        /// <param name="name">Stays for ever: its marks hang on it.</param>
        /// <param name="readable">The contracts it may read, each name once.</param>
        public Subscription AddSubscription(string name, IEnumerable<MessageType> readable)
        {
            var subscription = new Subscription(name, readable, builder.Services);
            builder.Services.AddSingleton(subscription);
            builder.Services.AddSingleton(s => ActivatorUtilities.CreateInstance<SubscriptionWorker>(s, subscription));
            builder.Services.AddSingleton<IHostedService>(s => s.GetServices<SubscriptionWorker>().Single(w => w.Subscription == subscription));
            return subscription;
        }

        /// <summary>
        /// Adds handlers for messages that their sender brings itself, over HTTP, and waits for: the synchronous rival of a subscription, to
        /// be measured against it.
        /// </summary>
        /// <param name="name">Stays for ever: what was handled is remembered under it.</param>
        /// <param name="readable">The contracts it may read, each name once.</param>
        public Subscription AddDirectDelivery(string name, IEnumerable<MessageType> readable)
        {
            var handlers = new Subscription(name, readable, builder.Services);
            builder.Services.AddSingleton(s => ActivatorUtilities.CreateInstance<DirectDelivery>(s, handlers));
            return handlers;
        }
    }

    extension(IEndpointRouteBuilder app)
    {
        /// <summary>Maps <c>/control</c> for operators and <c>/log/messages</c> for other services' inboxes, each behind its token, and <c>/asyncapi/v3.json</c>.</summary>
        public void MapMessaging()
        {
            app.MapControl();
            app.MapBackfill();
            app.MapAsyncApi();
            app.MapDirect();
        }

        /// <summary>A group under <c>/control</c> for what only this service can tell an operator: it asks for the control token.</summary>
        public RouteGroupBuilder MapOwnControl() => app.MapControlGroup();
    }
}
