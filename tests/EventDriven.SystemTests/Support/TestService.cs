using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using EventDriven.Setup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.SystemTests.Support;

/// <summary>What happened, for tests: one published type and one private one.</summary>
public sealed record Happened(int Number, string Text = "");

public sealed record Noted(int Number);

/// <summary>
/// A service of the test's own on the running system's PostgreSQL and broker: its roles, database and topic are made as Setup makes
/// them, and belong to this test alone.
/// </summary>
public sealed class TestService : IAsyncDisposable
{
    private const string Password = "for-a-test";
    private readonly List<IHost> _hosts = [];

    private TestService(string name, RunningSystem system, string owner, string service, string superuser) =>
        (Name, Running, Owner, Service, Superuser) = (name, system, owner, service, superuser);

    public string Name { get; }

    public string Topic => Name + ".events";

    public string Owner { get; }

    public string Service { get; }

    public string Superuser { get; }

    public RunningSystem Running { get; }


    public MessageTypes Types => [MessageType.Published<Happened>($"{Name}.happened.v1", Topic), MessageType.Private<Noted>($"{Name}.noted.v1")];

    public static async Task<TestService> Create(RunningSystem system)
    {
        var name = "t" + Guid.CreateVersion7().ToString("N");
        await Databases.Prepare(system.Postgres, new Dictionary<string, string> { [name] = Password, [name + "_owner"] = Password });
        await system.MakeTopic(name + ".events");
        var service = new TestService(name, system, Of(name + "_owner", Password), Of(name, Password), Of(user: null, password: null));
        await service.Execute($"create table effects (id bigint generated always as identity, stream text not null, number int not null); grant select, insert on effects to {name}");
        return service;

        string Of(string? user, string? password)
        {
            var settings = new NpgsqlConnectionStringBuilder(system.Postgres) { Database = name, Pooling = true, MaxPoolSize = 20 };
            if (user is not null)
                (settings.Username, settings.Password) = (user, password);
            return settings.ConnectionString;
        }
    }

    /// <summary>Starts a process' worth of the service: log, relay, and the subscriptions that the test adds.</summary>
    public async Task<IHost> Start(Action<HostApplicationBuilder>? configure = null, bool relays = true)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{Name}dbowner"] = Owner,
            ["ConnectionStrings:kafka"] = Running.Kafka,
            ["Messaging:FetchWaitMs"] = "10",
            ["Control:Token"] = "a-token-for-tests",
            ["Backfill:Token"] = "a-token-for-tests",
        });
        builder.Services.AddSingleton(_ =>
        {
            var source = new NpgsqlDataSourceBuilder(Service);
            PostgresSession.Configure(source);
            return source.Build();
        });
        builder.AddEventLog(Name, Types);
        if (relays)
            builder.AddMessaging();
        configure?.Invoke(builder);
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    /// <summary>A subscription of this test to its topic, whose handler tells the recorder what it saw.</summary>
    public static void Subscribe(HostApplicationBuilder builder, string name, MessageTypes readable, Recorder recorder)
    {
        builder.Services.AddSingleton(recorder);
        builder.AddSubscription(name, readable).Handle<Happened, Recorder.Handler>();
    }

    public async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The first column of the first row, as a number.</summary>
    public async Task<long> Scalar(string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(Superuser);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(CancellationToken.None);
            if (host is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
        }
    }
}

/// <summary>What a subscription's handler saw, and how it should behave.</summary>
public sealed class Recorder
{
    private readonly Lock _lock = new();
    private readonly List<(string Stream, int Number)> _seen = [];

    /// <summary>Called before a message is recorded; throwing makes the handler fail.</summary>
    public Action<Happened> Before { get; set; } = _ => { };

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
            context.Execute(new("insert into effects (stream, number) values ($1, $2)", context.Stream.ToString(), message.Number));
            lock (recorder._lock)
                recorder._seen.Add((context.Stream.ToString(), message.Number));
            return Task.CompletedTask;
        }
    }
}
