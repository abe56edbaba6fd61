using System.Diagnostics;
using EventDriven.Setup;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.Services;

/// <summary>Setup on a server that somebody else manages: its administrator makes roles and databases and is no superuser.</summary>
[Collection("in-memory broker")]
public sealed class SetupTests(InMemorySystem system) : SystemTest(system)
{
    private const string Password = "for-a-test";

    [Fact]
    public async Task It_needs_no_superuser_and_may_run_again_also_many_at_once()
    {
        var service = "t" + Guid.CreateVersion7().ToString("N");
        var (owner, administrator, vault) = (service + "_owner", service + "_admin", service + "_vault");
        await Ask(Running.Postgres, $"create role {administrator} login createrole createdb password '{Password}'");
        var passwords = new Dictionary<string, string> { [service] = Password, [owner] = Password };

        await Databases.Prepare(As(administrator, "postgres"), passwords, vault);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Databases.Prepare(As(administrator, "postgres"), passwords, vault)));

        Assert.Equal(owner, await Ask(As(service, service), "select pg_get_userbyid(datdba)::text from pg_database where datname = current_database()"));
        Assert.Equal(0L, await Ask(As(administrator, vault), "select count(*) from keys"));
        await Assert.ThrowsAsync<PostgresException>(() => Ask(As(service, vault), "select 1"));
    }

    [Fact]
    public async Task Outside_Development_it_does_not_speak_to_the_broker_in_clear()
    {
        var setup = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "..", "..", "EventDriven.Setup", Configuration, "EventDriven.Setup.dll")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            Environment = { ["DOTNET_ENVIRONMENT"] = "Production", ["ConnectionStrings__postgres"] = Running.Postgres, ["ConnectionStrings__kafka"] = Running.Kafka },
        };
        using var refused = Process.Start(setup)!;
        var says = await refused.StandardError.ReadToEndAsync(Ct);
        await refused.WaitForExitAsync(Ct);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("set Messaging__Security__Protocol to SaslSsl", says, StringComparison.Ordinal);
    }

    private string As(string role, string database) => new NpgsqlConnectionStringBuilder(Running.Postgres)
    {
        Database = database,
        Username = role,
        Password = Password,
        Pooling = false,
    }.ConnectionString;

    private static async Task<object?> Ask(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Ct);
    }
}
