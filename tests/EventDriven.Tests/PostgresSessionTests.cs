using EventDriven.Log.Database;
using Npgsql;

namespace EventDriven.Tests;

public sealed class PostgresSessionTests
{
    [Theory]
    [InlineData("Host=somewhere", 30)]
    [InlineData("Host=somewhere;Maximum Pool Size=7", 7)]
    [InlineData("Host=somewhere;Maximum Pool Size=100", 100)]
    public void A_process_has_30_connections_to_a_database_unless_its_connection_string_says_otherwise(string connectionString, int expected)
    {
        var source = new NpgsqlDataSourceBuilder(connectionString);
        PostgresSession.Configure(source);
        Assert.Equal(expected, source.ConnectionStringBuilder.MaxPoolSize);
    }
}
