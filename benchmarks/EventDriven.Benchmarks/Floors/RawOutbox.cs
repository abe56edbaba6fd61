using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Benchmarks.Workloads;
using Npgsql;

namespace EventDriven.Benchmarks.Floors;

/// <summary>A business row and a plain outbox row in one transaction, and nobody who reads it: what the driver and the server can do.</summary>
internal static class RawOutbox
{
    public const string Tables = """
        create table orders (id uuid primary key, data jsonb not null);
        create table outbox (id bigint generated always as identity primary key, topic text not null, key text not null, payload bytea not null,
            at timestamptz not null default now());
        """;

    private static readonly byte[] Body = new byte[Payload.Size];

    public static async Task Run(Arguments arguments)
    {
        var (messages, writers, warmup) = Outbox.Sizes(arguments);
        await Servers.FreshDatabase("raw");
        await Servers.Execute("raw", Tables);
        await using var database = Source();
        await Load.Parallel(0, warmup, writers, _ => Insert(database));

        var started = Stopwatch.GetTimestamp();
        await Load.Parallel(warmup, messages, writers, _ => Insert(database));
        var written = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await new Result("outbox", "raw", new() { ["rate"] = messages / written }, $"{Payload.Size} B", BenchService.Versions, arguments.Command).Print("raw");
    }

    public static NpgsqlDataSource Source() =>
        NpgsqlDataSource.Create(Servers.Database("raw") + ";Max Auto Prepare=20;Auto Prepare Min Usages=1");

    public static async Task<Guid> Insert(NpgsqlDataSource database, string row = Payload.Row, Action? beforeCommit = null)
    {
        var id = Guid.CreateVersion7();
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var order = new NpgsqlCommand("insert into orders (id, data) values ($1, $2::jsonb)", connection, transaction)
        { Parameters = { new() { Value = id }, new() { Value = row } } })
            await order.ExecuteNonQueryAsync();
        await using (var message = new NpgsqlCommand("insert into outbox (topic, key, payload) values ($1, $2, $3)", connection, transaction)
        { Parameters = { new() { Value = "orders" }, new() { Value = id.ToString() }, new() { Value = Body } } })
            await message.ExecuteNonQueryAsync();
        beforeCommit?.Invoke();
        await transaction.CommitAsync();
        return id;
    }
}
