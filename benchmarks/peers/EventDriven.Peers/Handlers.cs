using EventDriven.Benchmarks.Measuring;
using Marten;
using Npgsql;

namespace EventDriven.Peers;

/// <summary>One insert per message.</summary>
public static class PostgresHandler
{
    /// <summary>Counts what either handler sees; a static, so that the compiled handlers resolve nothing for it.</summary>
    internal static Handled? Current { get; set; }

    public static async Task Handle(OrderPlaced message, NpgsqlDataSource database)
    {
        Current!.Count();
        await using var command = database.CreateCommand("insert into effects (seq, data) values ($1, $2::jsonb)");
        command.Parameters.Add(new() { Value = message.Seq });
        command.Parameters.Add(new() { Value = Payload.Row });
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>The same with Marten, which commits it together with the inbox.</summary>
public static class MartenHandler
{
    public static void Handle(OrderPlaced message, IDocumentSession session)
    {
        PostgresHandler.Current!.Count();
        session.Insert(new EffectDocument(Guid.CreateVersion7(), message.Seq, "c-123", 3, 12.5m));
    }
}
