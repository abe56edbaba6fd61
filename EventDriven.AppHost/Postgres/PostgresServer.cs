using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventDriven.AppHost;

/// <summary>PostgreSQL: a container where there is an engine, else a process.</summary>
internal static partial class PostgresServer
{
    // SIGTERM would let PostgreSQL wait for its clients; SIGINT ends it at once and in order.
    private const string Supervise = """
        trap 'kill -INT "$server"' TERM INT
        "$@" 2>&1 &
        server=$!
        while :; do
          wait "$server"; code=$?
          kill -0 "$server" 2>/dev/null || exit "$code"
        done
        """;

    // Durable as in production; connections for every service's pools; no socket file beside the port.
    private static readonly string[] settings =
    [
        "listen_addresses=localhost", "unix_socket_directories=", "max_connections=300", "shared_buffers=64MB",
        "fsync=on", "synchronous_commit=on", "log_line_prefix=%m [%p] %d %u ",
    ];

    public static IResourceBuilder<IResourceWithConnectionString> AddPostgresServer(
        this IDistributedApplicationBuilder builder, string name, DataFolder data)
    {
        IResourceBuilder<IResourceWithConnectionString>? container = null;
        TryContainer(builder, name, ref container);
        return container ?? AddProcess(builder, name, data);
    }

    public static ReferenceExpression Database(
        this IResourceBuilder<IResourceWithConnectionString> postgres, string database, string role, IResourceBuilder<ParameterResource> password)
    {
        ReferenceExpression? address = null;
        TryAddress(postgres.Resource, ref address);
        return ReferenceExpression.Create($"{address ?? LocalAddress(postgres.Resource)};Database={database};Username={role};Password={password}");
    }

    // Where the real Aspire is: in PostgresServer.Containers.cs.
    static partial void TryContainer(IDistributedApplicationBuilder builder, string name, ref IResourceBuilder<IResourceWithConnectionString>? container);

    static partial void TryAddress(IResource postgres, ref ReferenceExpression? address);

    private static ReferenceExpression LocalAddress(IResource postgres)
    {
        var server = ((IResourceWithEndpoints)postgres).GetEndpoint("tcp");
        return ReferenceExpression.Create($"Host={server.Property(EndpointProperty.Host)};Port={server.Property(EndpointProperty.Port)}");
    }

    private static IResourceBuilder<PostgresProcess> AddProcess(IDistributedApplicationBuilder builder, string name, DataFolder data)
    {
        var port = FreePort.Next();
        var password = builder.AddSecret($"{name}-password", data);
        var cluster = new PostgresCluster(data.Part("postgres"));
        var binaries = "";

        var process = new PostgresProcess(name, OperatingSystem.IsWindows() ? "cmd" : "/bin/sh", AppContext.BaseDirectory, password.Resource);
        builder.Services.AddHealthChecks().AddCheck($"{name}_check", new PostgresHealthCheck(process));
        return builder.AddResource(process)
            .WithEndpoint(port: port, targetPort: port, name: "tcp", isProxied: false)
            .WithHealthCheck($"{name}_check")
            .OnBeforeResourceStarted(async (_, started, ct) =>
            {
                binaries = await PostgresBinaries.Find(started.Services.GetRequiredService<ILogger<PostgresProcess>>(), ct);
                await cluster.Initialize(binaries, (await password.Resource.GetValueAsync(ct))!, ct);
            })
            .WithArgs(context =>
            {
                string[] shell = OperatingSystem.IsWindows() ? ["/c"] : ["-c", Supervise, "postgres", .. Unprivileged.Prefix];
                string[] server = [Path.Combine(binaries, "postgres"), "-D", cluster.Data, "-p", port.ToString(CultureInfo.InvariantCulture)];
                foreach (var arg in shell.Concat(server).Concat(settings.SelectMany(setting => (string[])["-c", setting]))) context.Args.Add(arg);
            });
    }

}
