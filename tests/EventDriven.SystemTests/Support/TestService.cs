using System.Net.Http.Headers;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Messaging.Publishing;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Setup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.SystemTests.Support;

/// <summary>What happened, for tests: one published type, one without order and one private one.</summary>
public sealed record Happened(int Number, string Text = "");

public sealed record Mentioned(int Number);

public sealed record Noted(int Number);

/// <summary>
/// A service of the test's own on the running system's PostgreSQL and broker: its roles, database and topic are made as Setup makes
/// them, and belong to this test alone.
/// </summary>
public sealed class TestService : IAsyncDisposable
{
    private const string Password = "for-a-test", Token = "a-token-for-tests";
    private readonly List<WebApplication> _hosts = [];

    private TestService(string name, RunningSystem system, string owner, string service, string superuser) =>
        (Name, Running, Owner, Service, Superuser) = (name, system, owner, service, superuser);

    public string Name { get; }

    public string Topic => Name + ".events";

    public string Owner { get; }

    public string Service { get; }

    public string Superuser { get; }

    public RunningSystem Running { get; }

    /// <summary>What the service of this test says beside.</summary>
    public IReadOnlyList<MessageType> Also { get; set; } = [];

    public MessageTypes Types =>
    [
        MessageType.Published<Happened>($"{Name}.happened.v1", Topic),
        MessageType.Published<Mentioned>($"{Name}.mentioned.v1", Topic).WithoutOrder(),
        MessageType.Private<Noted>($"{Name}.noted.v1"),
        .. Also,
    ];

    public static async Task<TestService> Create(RunningSystem system)
    {
        var name = "t" + Guid.CreateVersion7().ToString("N");
        await Databases.Prepare(system.Postgres, new Dictionary<string, string> { [name] = Password, [name + "_owner"] = Password });
        await system.MakeTopic(name + ".events");
        var service = new TestService(name, system, Of(name + "_owner", Password), Of(name, Password), Of(user: null, password: null));
        await service.Execute($"create table effects (id bigint generated always as identity, stream text not null, number int not null); grant select, insert, delete on effects to {name}");
        return service;

        string Of(string? user, string? password)
        {
            var settings = new NpgsqlConnectionStringBuilder(system.Postgres) { Database = name, Pooling = true, MaxPoolSize = 20 };
            if (user is not null)
                (settings.Username, settings.Password) = (user, password);
            return settings.ConnectionString;
        }
    }

    /// <summary>
    /// Starts a process' worth of the service: log, relay, control and backfill endpoints, and the subscriptions that the test adds.
    /// Without messaging it has its log only; without sending it gives backfill but relays nothing.
    /// </summary>
    public async Task<IHost> Start(Action<IHostApplicationBuilder>? configure = null, bool relays = true, bool sends = true, MessageTypes? also = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (TestContext.Current.TestOutputHelper is { } output)
            builder.Logging.AddProvider(new FailuresOf(Name, output));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{Name}dbowner"] = Owner,
            ["ConnectionStrings:kafka"] = Running.Kafka,
            ["Messaging:FetchWaitMs"] = "10",
            ["Messaging:SessionTimeoutMs"] = Running.IsApacheKafka ? "6000" : "2500", // the least that it takes: whoever is gone is replaced soon
            ["Messaging:MaxAttempts"] = "3",
            ["Audit:AnchorEvery"] = "01:00:00", // most tests count what they have said themselves
            ["Control:Token"] = Token,
            ["Backfill:Token"] = Token,
        });
        builder.Services.AddSingleton(_ =>
        {
            var source = new NpgsqlDataSourceBuilder(Service);
            PostgresSession.Configure(source);
            return source.Build();
        });
        builder.AddEventLog(Name, [.. Types, .. also ?? []]);
        if (relays)
            builder.AddMessaging();
        builder.Services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler(() => new ToThisService(this)));
        configure?.Invoke(builder);
        if (!sends)
            builder.Services.Remove(builder.Services.Single(s => s.ImplementationType == typeof(Relay)));
        var host = builder.Build();
        if (relays)
            host.MapMessaging();
        _hosts.Add(host);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    /// <summary>A client of what runs of the service, for its control and backfill endpoints.</summary>
    public HttpClient Client(IHost? host = null)
    {
        var client = new HttpClient { BaseAddress = AddressOf((WebApplication?)host ?? _hosts[^1]) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    public static async Task Stop(IHost host)
    {
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A subscription of this test to its topic, whose handler tells the recorder what it saw.</summary>
    public static Subscription Subscribe(IHostApplicationBuilder builder, string name, MessageTypes readable, Recorder recorder)
    {
        builder.Services.AddSingleton(recorder);
        return builder.AddSubscription(name, readable).Handle<Happened, Recorder.Handler>();
    }

    private static Uri AddressOf(WebApplication host) => new(host.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());

    /// <summary>What service discovery does in the real system.</summary>
    private sealed class ToThisService(TestService service) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Host == service.Name)
                request.RequestUri = new(AddressOf(service._hosts[^1]), request.RequestUri.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }

    public async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The first column of the first row, as a number.</summary>
    public async Task<long> Scalar(string sql, params object[] parameters) =>
        Convert.ToInt64((await Rows(sql, row => row.GetValue(0), parameters))[0], System.Globalization.CultureInfo.InvariantCulture);

    public async Task<IReadOnlyList<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<T> rows = [];
        while (await row.ReadAsync(TestContext.Current.CancellationToken))
            rows.Add(read(row));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(CancellationToken.None);
            await host.DisposeAsync();
        }
        NpgsqlConnection.ClearAllPools(); // idle connections of a hundred tests are more than the server has
    }
}

/// <summary>What a subscription's handler saw, and how it should behave.</summary>
public sealed class Recorder
{
    private readonly Lock _lock = new();
    private readonly List<(string Stream, int Number)> _seen = [];

    /// <summary>Called before a message is recorded; throwing makes the handler fail.</summary>
    public Action<Happened> Before { get; set; } = _ => { };

    /// <summary>What the handler queues for a message beside its effect.</summary>
    public Action<Happened, MessageContext> Also { get; set; } = (_, _) => { };

    public IReadOnlyList<(string Stream, int Number)> Seen
    {
        get
        {
            lock (_lock)
                return [.. _seen];
        }
    }

    internal sealed class Handler(Recorder recorder) : IMessageHandler<Happened>
    {
        public Task Handle(Happened message, MessageContext context, CancellationToken ct)
        {
            recorder.Before(message);
            recorder.Also(message, context);
            context.Execute(new("insert into effects (stream, number) values ($1, $2)", context.Stream.ToString(), message.Number));
            lock (recorder._lock)
                recorder._seen.Add((context.Stream.ToString(), message.Number));
            return Task.CompletedTask;
        }
    }
}
