using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Setup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.Experiments.Laboratory;

/// <summary>A service of an experiment's own on the lab's server and broker, made of the same building blocks as every other.</summary>
internal sealed class LabService : IAsyncDisposable
{
    private const string Password = "for-an-experiment";
    private readonly WebApplication _app;
    private readonly Lab _lab;

    private LabService(string name, Lab lab, WebApplication app) => (Name, _lab, _app) = (name, lab, app);

    public string Name { get; }

    public EventLog Log => Services.GetRequiredService<EventLog>();

    public IServiceProvider Services => _app.Services;

    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();

    public string Address => _app.Urls.First();

    /// <summary>A client of this service that may look into it.</summary>
    public HttpClient Client() => new() { BaseAddress = new(Address), DefaultRequestHeaders = { Authorization = new("Bearer", Lab.ControlToken) } };

    /// <summary>A name that no other experiment has; with database, roles, and a topic for its events.</summary>
    public static async Task<string> Prepare(Lab lab, int partitions = 6, string? schema = null)
    {
        var name = "lab" + Guid.CreateVersion7().ToString("N");
        await Databases.Prepare(lab.Postgres, new Dictionary<string, string> { [name] = Password, [name + "_owner"] = Password });
        await lab.MakeTopic(name + ".events", partitions);
        if (schema is not null)
            await Execute(lab.Database(name), schema.Replace("$service$", name, StringComparison.Ordinal));
        return name;
    }

    /// <summary>Starts a process' worth of the service.</summary>
    /// <param name="lab">Where.</param>
    /// <param name="name">As <see cref="Prepare"/> made it.</param>
    /// <param name="types">What it says.</param>
    /// <param name="configure">What it is made of beside its log.</param>
    /// <param name="map">What it answers over HTTP.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<LabService> Start(
        Lab lab, string name, MessageTypes types, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, CancellationToken ct = default)
    {
        var service = await Start(lab.Postgres, lab.Kafka, name, types, builder =>
        {
            builder.Services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler(() => new LabDiscovery(lab)));
            configure?.Invoke(builder);
        }, map, ct);
        lab.Announce(name, service.Urls.First());
        return new(name, lab, service);
    }

    /// <summary>The same for a process that knows addresses only.</summary>
    public static async Task<WebApplication> Start(
        string postgres, string kafka, string name, MessageTypes types, Action<WebApplicationBuilder>? configure, Action<WebApplication>? map, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{name}dbowner"] = Role(postgres, name, name + "_owner"),
            ["ConnectionStrings:kafka"] = kafka,
            ["Messaging:FetchWaitMs"] = "10",
            ["Audit:AnchorEvery"] = "1.00:00:00", // an experiment counts what it has said itself
            ["Control:Token"] = Lab.ControlToken,
            ["Backfill:Token"] = Lab.BackfillToken,
        });
        builder.Services.AddSingleton(_ =>
        {
            var source = new NpgsqlDataSourceBuilder(Role(postgres, name, name));
            PostgresSession.Configure(source);
            return source.Build();
        });
        builder.AddEventLog(name, types);
        configure?.Invoke(builder);
        var app = builder.Build();
        map?.Invoke(app);
        await app.StartAsync(ct);
        return app;
    }

    /// <summary>One number, asked as the superuser.</summary>
    public Task<long> Scalar(string sql, params object[] parameters) => _lab.Scalar(Name, sql, parameters);

    /// <summary>Runs statements as the superuser.</summary>
    public Task Execute(string sql) => Execute(_lab.Database(Name), sql);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static string Role(string postgres, string database, string user) =>
        new NpgsqlConnectionStringBuilder(postgres) { Database = database, Username = user, Password = Password, MaxPoolSize = 30 }.ConnectionString;

    private static async Task Execute(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
