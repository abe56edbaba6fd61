using System.Reflection;
using System.Runtime.ExceptionServices;
using DbUp;
using DbUp.Engine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventDriven.Log.Database;

/// <summary>
/// Brings the service's database forward before anything else starts: the building blocks' scripts, then the service's own.
/// It connects as the owner role, which nothing else uses, and holds a lock, so that replicas may start at once.
/// </summary>
internal sealed partial class DatabaseMigration(
    string service, string ownerConnectionString, IEnumerable<MigrationScripts> scripts, TimeProvider clock, ILogger<DatabaseMigration> logger) : IHostedService
{
    private const long LockKey = 0x4556_444C_4F47; // any number, the same for every replica
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly string _owner = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Migrate(cancellationToken);
                return;
            }
            catch (Exception outage) when (PostgresSession.IsOutage(outage))
            {
                Waiting(service, outage.Message);
                await Task.Delay(RetryDelay, clock, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Migrate(CancellationToken ct)
    {
        // Not pooled: a pooled connection is closed in name only and would go on holding the lock against the next replica.
        await using var connection = new NpgsqlConnection(_owner);
        await connection.OpenAsync(ct);
        await using var take = new Sql("select pg_advisory_lock($1)", LockKey).ToCommand(connection);
        await take.ExecuteNonQueryAsync(ct); // released with the connection

        foreach (var assembly in scripts.Select(s => s.Assembly).Distinct())
            Apply(assembly);
    }

    private void Apply(Assembly assembly)
    {
        DatabaseUpgradeResult result = DeployChanges.To.PostgresqlDatabase(_owner)
            .WithScriptsEmbeddedInAssembly(assembly, name => name.EndsWith(".sql", StringComparison.Ordinal))
            .WithVariable("service", service)
            .JournalToPostgresqlTable("public", "schema_versions")
            .WithTransactionPerScript()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        if (!result.Successful && PostgresSession.IsOutage(result.Error))
            ExceptionDispatchInfo.Throw(result.Error); // went away half way: scripts are transactions, so it begins again
        if (!result.Successful)
            throw new InvalidOperationException($"Script {result.ErrorScript?.Name} failed on the database of {service}: {result.Error.Message}", result.Error);
    }

    [LoggerMessage(LogLevel.Warning, "The database of {Service} cannot be reached with its owner role yet; has EventDriven.Setup run? Trying again: {Reason}")]
    private partial void Waiting(string service, string reason);
}

/// <summary>An assembly whose embedded <c>.sql</c> files belong to the service's schema.</summary>
internal sealed record MigrationScripts(Assembly Assembly);
