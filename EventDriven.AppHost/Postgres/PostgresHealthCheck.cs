using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace EventDriven.AppHost;

/// <summary>The server is there when it lets its superuser in.</summary>
internal sealed class PostgresHealthCheck(PostgresProcess server) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // A connection of its own each time: a pooled one would say nothing about the next client.
        await using var connection = new NpgsqlConnection(
            await server.ConnectionStringExpression.GetValueAsync(cancellationToken) + ";Timeout=2;Pooling=false");
        try
        {
            await connection.OpenAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
