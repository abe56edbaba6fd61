using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventDriven.Log;
using Npgsql;
using NpgsqlTypes;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>
/// Folds events into documents. Documents stay in memory from one page to the next: nobody else writes this build, and a write that the
/// build's place in the log refuses makes it forget them.
/// </summary>
internal sealed class DocumentIntake<TDocument>(IDocumentProjection<TDocument> projection, string table, bool isEmpty) : IIntake where TDocument : class
{
    private static readonly JsonTypeInfo<TDocument> Json = (JsonTypeInfo<TDocument>)EventLog.Json.GetTypeInfo(typeof(TDocument));

    private readonly Documents<TDocument> _documents = new(isEmpty);
    private readonly string _read = $"select key, document::text from {table} where key = any ($1)";
    private readonly string _write = $"insert into {table} (key, document) select * from unnest($1::text[], $2::jsonb[]) on conflict (key) do update set document = excluded.document";
    private readonly string _delete = $"delete from {table} where key = any ($1)";

    public int PageSize => 5_000;

    public bool IsFull => _documents.IsFull;

    public async Task<IReadOnlyList<NpgsqlBatchCommand>> Take(IReadOnlyList<ProjectedEvent> events, NpgsqlDataSource database, CancellationToken ct)
    {
        var documents = Find(events, out var unknown);
        if (unknown.Count > 0)
            await Load(unknown, database, ct);
        return Statements(Fold(events, documents));
    }

    public void Forget() => _documents.Forget();

    /// <summary>The document of each event, and which of them are still to be loaded.</summary>
    private Document<TDocument>?[] Find(IReadOnlyList<ProjectedEvent> events, out Dictionary<string, Document<TDocument>> unknown)
    {
        unknown = new(StringComparer.Ordinal);
        var documents = new Document<TDocument>?[events.Count];
        Document<TDocument>? last = null;
        for (var i = 0; i < documents.Length; i++)
        {
            if (KeyOf(events, i) is not { } key)
                continue;
            if (last?.Key != key)
                last = _documents.Of(key);
            documents[i] = last;
            if (!last.IsLoaded)
                unknown.TryAdd(key, last);
        }
        return documents;
    }

    private string? KeyOf(IReadOnlyList<ProjectedEvent> events, int i)
    {
        try
        {
            return projection.KeyOf(events[i]);
        }
        catch (Exception cause) // a function of this event and nothing else: it fails again however often it is tried
        {
            throw new PoisonEventException(i, cause);
        }
    }

    private async Task Load(Dictionary<string, Document<TDocument>> unknown, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var read = new NpgsqlBatch(connection) { BatchCommands = { EventPages.ByIndexOnly.ToBatchCommand(), new Sql(_read, [unknown.Keys.ToArray()]).ToBatchCommand() } };
        await using var row = await read.ExecuteReaderAsync(ct);
        await row.NextResultAsync(ct);
        while (await row.ReadAsync(ct))
        {
            var json = row.GetFieldValue<byte[]>(1);
            unknown[row.GetString(0)].Value = JsonSerializer.Deserialize(json, Json);
            _documents.Count(json.Length);
        }
        foreach (var document in unknown.Values)
            document.IsLoaded = true;
    }

    private List<Document<TDocument>> Fold(IReadOnlyList<ProjectedEvent> events, Document<TDocument>?[] documents)
    {
        List<Document<TDocument>> changed = [];
        for (var i = 0; i < documents.Length; i++)
        {
            if (documents[i] is not { } document)
                continue;
            try
            {
                var after = projection.Evolve(document.Value, events[i]);
                if (ReferenceEquals(after, document.Value))
                    continue;
                document.Value = after;
            }
            catch (Exception cause) // as above, of this event and the ones before
            {
                throw new PoisonEventException(i, cause);
            }
            if (!document.IsChanged)
                changed.Add(document);
            document.IsChanged = true;
        }
        return changed;
    }

    private List<NpgsqlBatchCommand> Statements(List<Document<TDocument>> changed)
    {
        List<string> gone = [], keys = new(changed.Count);
        List<byte[]> values = new(changed.Count);
        foreach (var document in changed)
        {
            document.IsChanged = false;
            if (document.Value is null)
            {
                gone.Add(document.Key);
                continue;
            }
            keys.Add(document.Key);
            values.Add(JsonSerializer.SerializeToUtf8Bytes(document.Value, Json));
            _documents.Count(values[^1].Length);
        }

        List<NpgsqlBatchCommand> statements = [];
        if (gone.Count > 0)
            statements.Add(new(_delete) { Parameters = { Of(NpgsqlDbType.Text, gone.ToArray()) } });
        if (keys.Count > 0)
            statements.Add(new(_write) { Parameters = { Of(NpgsqlDbType.Text, keys.ToArray()), Of(NpgsqlDbType.Jsonb, values.ToArray()) } });
        return statements;
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object values) => new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = values };
}
