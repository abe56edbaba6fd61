using Aspire.Hosting.Testing;
using Npgsql;

namespace EventDriven.LocalAspire.Tests.Running;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class BackendTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_database_keeps_what_it_has_through_a_restart()
    {
        using var folder = new TempFolder();
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SmallSystem_Host>(
            ["--part=backends", $"--Data:Directory={folder.Path}", "--KAFKA_HOME="], Ct);
        await using var app = await builder.BuildAsync(Ct);
        await app.StartAsync(Ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", Ct);
        await using var source = NpgsqlDataSource.Create((await app.GetConnectionStringAsync("postgres", Ct))! + ";Pooling=false");
        await Execute(source, "create table kept (n int); insert into kept values (7)");

        await app.ResourceCommands.ExecuteCommandAsync("postgres", "restart", Ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", Ct);

        Assert.Equal(7, await Execute(source, "select n from kept"));
        Assert.Equal("on", await Execute(source, "select current_setting('fsync')"));
    }

    [Fact]
    public async Task Data_is_kept_between_runs_with_Apache_Kafka_and_emptied_as_a_whole()
    {
        if (Environment.GetEnvironmentVariable("KAFKA_HOME") is not { Length: > 0 } kafkaHome)
        {
            Assert.Skip("KAFKA_HOME names no Apache Kafka.");
            return;
        }

        using var folder = new TempFolder();
        string[] args = ["--part=backends", $"--Data:Directory={folder.Path}", $"--KAFKA_HOME={kafkaHome}"];
        Assert.Null(await Marked(args, "create table kept (n int)"));
        Assert.Equal("kept", await Marked(args));

        Directory.Delete(Path.Combine(folder.Path, "kept", "kafka"), recursive: true);
        Assert.Null(await Marked(args, "create table kept (n int)"));
        Assert.Null(await Marked([.. args, "--reset=true"]));
    }

    // Runs once, and says whether the table was there.
    private static async Task<object?> Marked(string[] args, string? statement = null)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SmallSystem_Host>(args, Ct);
        await using var app = await builder.BuildAsync(Ct);
        await app.StartAsync(Ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", Ct);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("kafka", Ct);
        await using var source = NpgsqlDataSource.Create((await app.GetConnectionStringAsync("postgres", Ct))! + ";Pooling=false");
        var found = await Execute(source, "select relname from pg_class where relname = 'kept'");
        if (statement is not null) await Execute(source, statement);
        return found;
    }

    private static async Task<object?> Execute(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Ct);
    }
}
