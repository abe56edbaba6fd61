using System.Text.Json;
using EventDriven.Log;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>
/// Folds events into documents. Documents stay in memory from one page to the next: nobody else writes this build, and a write that the
/// build's place in the log refuses makes it forget them.
/// </summary>
internal sealed class DocumentIntake<TDocument>(IDocumentProjection<TDocument> projection, string table) : IIntake where TDocument : class
{
    private readonly Documents<TDocument> _documents = new();
    private readonly string _read = $"select key, document::text from {table} where key = any ($1)";
    private readonly string _write = $"insert into {table} (key, document) select * from unnest($1::text[], $2::jsonb[]) on conflict (key) do update set document = excluded.document";
    private readonly string _delete = $"delete from {table} where key = any ($1)";

    public int PageSize => 10_000;

    public bool IsFull => _documents.IsFull;

    public async Task<IReadOnlyList<NpgsqlBatchCommand>> Take(IReadOnlyList<ProjectedEvent> events, NpgsqlDataSource database, CancellationToken ct)
    {
        var keys = Keys(events);
        if (_documents.Unknown(keys) is { Length: > 0 } unknown)
            await Load(unknown, database, ct);

        Dictionary<string, TDocument?> changed = new(StringComparer.Ordinal);
        for (var i = 0; i < events.Count; i++)
        {
            if (keys[i] is not { } key)
                continue;
            try
            {
                var before = changed.TryGetValue(key, out var folded) ? folded : _documents.Get(key);
                var after = projection.Evolve(before, events[i]);
                if (!ReferenceEquals(before, after))
                    changed[key] = after;
            }
            catch (Exception cause) // a function of this event and the ones before: it fails again however often it is tried
            {
                throw new PoisonEventException(i, cause);
            }
        }
        NpgsqlBatchCommand[] statements = [.. Statements(changed)];
        _documents.Change(changed);
        return statements;
    }

    public void Forget() => _documents.Forget();

    private string?[] Keys(IReadOnlyList<ProjectedEvent> events)
    {
        var keys = new string?[events.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            try
            {
                keys[i] = projection.KeyOf(events[i]);
            }
            catch (Exception cause) // as in the fold
            {
                throw new PoisonEventException(i, cause);
            }
        }
        return keys;
    }

    private async Task Load(string[] keys, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var found = await new Sql(_read, [keys]).Query(connection, row => (Key: row.GetString(0), Json: row.GetFieldValue<byte[]>(1)), ct);
        _documents.Know(keys, found.Select(f => (f.Key, JsonSerializer.Deserialize<TDocument>(f.Json, EventLog.Json)!)));
    }

    private IEnumerable<NpgsqlBatchCommand> Statements(Dictionary<string, TDocument?> changed)
    {
        string[] gone = [.. changed.Where(c => c.Value is null).Select(c => c.Key)];
        if (gone.Length > 0)
            yield return new(_delete) { Parameters = { Of(NpgsqlDbType.Text, gone) } };

        KeyValuePair<string, TDocument?>[] there = [.. changed.Where(c => c.Value is not null)];
        if (there.Length > 0)
            yield return new(_write)
            {
                Parameters =
                {
                    Of(NpgsqlDbType.Text, Array.ConvertAll(there, c => c.Key)),
                    Of(NpgsqlDbType.Jsonb, Array.ConvertAll(there, c => JsonSerializer.SerializeToUtf8Bytes(c.Value, EventLog.Json))),
                },
            };
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object values) => new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values };
}
