using System.Text.Json;
using EventDriven.Log;
using Npgsql;

namespace EventDriven.EventSourcing.Projections.Builds;

/// <summary>What two builds hold at one position. Only builds of one version should hold the same; of others it is told how many rows.</summary>
/// <param name="Position">Up to where both went; null when the active one stood elsewhere, and nothing follows from a difference.</param>
/// <param name="Tables">Each table that both have.</param>
internal sealed record Comparison(long? Position, IReadOnlyList<ComparedTable> Tables)
{
    public bool Differs => Position is not null && Tables.Any(t => t.IsSame == false);

    public string ToJson() => JsonSerializer.Serialize(this, EventLog.Json);

    /// <summary>Compares what a snapshot shows of two builds.</summary>
    public static async Task<Comparison> Of(NpgsqlConnection snapshot, Build made, Build active, long? position, CancellationToken ct)
    {
        List<ComparedTable> tables = [];
        foreach (var name in made.Tables.Names.Intersect(active.Tables.Names))
        {
            var (one, other) = (await Look(snapshot, made.Tables[name], ct), await Look(snapshot, active.Tables[name], ct));
            bool? isSame = made.Version == active.Version ? one == other : null;
            tables.Add(new(name, one.Rows, other.Rows, isSame,
                isSame == false ? await OnlyIn(made.Tables[name], active.Tables[name]) : null,
                isSame == false ? await OnlyIn(active.Tables[name], made.Tables[name]) : null));
        }
        return new(position, tables);

        async Task<long?> OnlyIn(string table, string other) => (await new Sql(
            $"select count(*) from (select t::text from {table} t except all select t::text from {other} t) r").Query(snapshot, row => row.GetInt64(0), ct)).Single();
    }

    private static async Task<(long Rows, decimal Hash)> Look(NpgsqlConnection snapshot, string table, CancellationToken ct) => (await new Sql(
        $"select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from {table} t").Query(snapshot, row => (row.GetInt64(0), row.GetDecimal(1)), ct)).Single();
}

/// <summary>One table of two builds.</summary>
/// <param name="Name">What readers call it.</param>
/// <param name="Rows">How many rows the new one has.</param>
/// <param name="ActiveRows">How many the active one has.</param>
/// <param name="IsSame">Whether they hold the same; null when they are of different versions.</param>
/// <param name="OnlyInNew">Rows that only the new one has, where they differ.</param>
/// <param name="OnlyInActive">Rows that only the active one has, where they differ.</param>
internal sealed record ComparedTable(string Name, long Rows, long ActiveRows, bool? IsSame, long? OnlyInNew, long? OnlyInActive);
