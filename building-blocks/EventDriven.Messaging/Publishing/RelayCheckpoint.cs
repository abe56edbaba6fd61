using EventDriven.Log;
using Npgsql;

namespace EventDriven.Messaging.Publishing;

/// <summary>How far the relay is: one row per batch and partition, written after the broker's acknowledgement.</summary>
internal sealed class RelayCheckpoint(NpgsqlDataSource database)
{
    public async Task<long> Read(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await new Sql("select relayed from log.progress").Query(connection, r => r.GetInt64(0), ct)).Single();
    }

    /// <summary>Moves past what was acknowledged, if this process still holds the lease.</summary>
    public async Task Move(long epoch, IReadOnlyList<Sending> acknowledged, CancellationToken ct)
    {
        Sending[] sent = [.. acknowledged.Where(s => s.Event.Topic is not null)];
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var move = new Sql("select log.relayed_to($1, $2, $3, $4, $5, $6, $7)",
            epoch, acknowledged[0].Event.Position, acknowledged[^1].Event.Position,
            sent.Select(s => s.Event.Topic!).ToArray(),
            sent.Select(s => s.Partition).ToArray(),
            sent.Select(s => s.Event.Position!.Value).ToArray(),
            sent.Select(s => s.Offset).ToArray()).ToCommand(connection);
        await move.ExecuteNonQueryAsync(ct);
    }
}
