using Npgsql;

namespace EventDriven.Setup;

/// <summary>
/// A database per service, owned by <c>&lt;service&gt;_owner</c>, which only migrates; the service itself runs as <c>&lt;service&gt;</c>,
/// which owns nothing. And the vault, a database that only those who may read personal data can reach.
/// </summary>
internal static class Databases
{
    private const string OwnerSuffix = "_owner";
    private const long OneAtATime = 0x45_56_44_52_5345_5450; // of the server's advisory locks

    private static readonly (string Role, string Rights)[] VaultRights =
    [
        ("signup", "select, insert, delete"),
        ("email", "select"),
        ("recommendations", "select"),
    ];

    /// <param name="server">How to reach the server as its superuser, or as a role that may make roles and databases: a managed server gives no other.</param>
    /// <param name="passwords">The password of each role: <c>signup</c>, <c>signup_owner</c>, … and <c>dashboard</c>.</param>
    /// <param name="vault">The database of the keys of personal data.</param>
    public static async Task Prepare(string server, IReadOnlyDictionary<string, string> passwords, string vault = "vault")
    {
        await using var connection = await Open(server, "postgres");
        await Execute(connection, $"select pg_advisory_lock({OneAtATime})"); // whoever grants what another grants fails; until this connection ends
        foreach (var (role, password) in passwords)
            await MakeRole(connection, role, password);

        foreach (var owner in passwords.Keys.Where(r => r.EndsWith(OwnerSuffix, StringComparison.Ordinal)))
        {
            var service = owner[..^OwnerSuffix.Length];
            // Who is no superuser gives a database only to a role that it belongs to.
            await Execute(connection, $"grant {Quoted(owner)} to current_user");
            await MakeDatabase(connection, service, owner);
            await Execute(connection, $"grant connect on database {Quoted(service)} to {Quoted(service)}");
        }

        await MakeDatabase(connection, vault, connection.UserName!);
        await MakeVault(server, vault, passwords.Keys);
    }

    /// <summary>Says that a service's database was restored: what it says from now on comes from another log than what was lost.</summary>
    /// <returns>The new log's id.</returns>
    public static async Task<Guid> BeginNewIncarnation(string server, string service)
    {
        await using var connection = await Open(server, service);
        await using var command = new NpgsqlCommand("insert into log.incarnations default values returning log_id", connection);
        return (Guid)(await command.ExecuteScalarAsync())!;
    }

    private static async Task MakeRole(NpgsqlConnection connection, string role, string password)
    {
        if (!await Exists(connection, "select 1 from pg_roles where rolname = $1", role))
            await Execute(connection, $"create role {Quoted(role)} login");
        await Execute(connection, $"alter role {Quoted(role)} password {Literal(password)}");
    }

    private static async Task MakeDatabase(NpgsqlConnection connection, string database, string owner)
    {
        if (!await Exists(connection, "select 1 from pg_database where datname = $1", database))
            await Execute(connection, $"create database {Quoted(database)} owner {Quoted(owner)} encoding 'UTF8' template template0");
        await Execute(connection, $"revoke all on database {Quoted(database)} from public");
    }

    private static async Task MakeVault(string server, string vault, IEnumerable<string> roles)
    {
        await using var inVault = await Open(server, vault);
        await Execute(inVault, """
            create table if not exists keys (
                subject uuid primary key,
                key bytea not null check (octet_length(key) = 32),
                created_at timestamptz not null default clock_timestamp()
            )
            """);
        foreach (var (role, rights) in VaultRights.Where(v => roles.Contains(v.Role)))
        {
            await Execute(inVault, $"grant connect on database {Quoted(vault)} to {Quoted(role)}");
            await Execute(inVault, $"grant {rights} on keys to {Quoted(role)}");
        }
    }

    private static async Task<NpgsqlConnection> Open(string server, string database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Database = database, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<bool> Exists(NpgsqlConnection connection, string sql, string name)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync() is not null;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    // Names and passwords cannot be parameters of these statements.
    private static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
