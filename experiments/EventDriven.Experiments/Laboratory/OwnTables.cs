using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventDriven.Experiments.Laboratory;

/// <summary>What a service's own migration does elsewhere: a schema with its tables, made once and by the owner role.</summary>
internal sealed class OwnTables(string owner, string schema, string sql) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync(cancellationToken);
        await using var look = new NpgsqlCommand("select 1 from pg_namespace where nspname = $1", connection) { Parameters = { new() { Value = schema } } };
        if (await look.ExecuteScalarAsync(cancellationToken) is not null)
            return;
        await using var make = new NpgsqlCommand(sql, connection);
        await make.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal static class OwnTablesRegistration
{
    extension(WebApplicationBuilder builder)
    {
        /// <summary>Makes the schema and what is in it before anything that is added later starts.</summary>
        /// <param name="service">Whose it is; its role may look into the schema.</param>
        /// <param name="schema">What is not made again where it is there.</param>
        /// <param name="sql">What is in it.</param>
        public void AddOwnTables(string service, string schema, string sql)
        {
            var owner = builder.Configuration.GetConnectionString(service + "dbowner")!;
            var all = $"""create schema {schema}; grant usage on schema {schema} to "{service}"; {sql}""";
            builder.Services.AddSingleton<IHostedService>(new OwnTables(owner, schema, all));
        }
    }
}
