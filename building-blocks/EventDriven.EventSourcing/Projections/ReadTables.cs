namespace EventDriven.EventSourcing.Projections;

/// <summary>The tables of one build, by the names under which readers find them.</summary>
public sealed class ReadTables
{
    private readonly IReadOnlyDictionary<string, string> _tables;

    /// <summary>Names tables; a test of a projection's rules may name its own.</summary>
    /// <param name="tables">For each name that readers use, the table behind it.</param>
    public ReadTables(IReadOnlyDictionary<string, string> tables) => _tables = tables;

    /// <summary>The table behind a name, ready to stand in a statement.</summary>
    /// <exception cref="KeyNotFoundException">No migration declares it for this version of the projection.</exception>
    public string this[string name] => _tables.TryGetValue(name, out var table)
        ? table
        : throw new KeyNotFoundException($"No migration declares the read model {name} for this version of the projection.");

    internal IEnumerable<string> Names => _tables.Keys;

    internal string Only => _tables.Count == 1
        ? _tables.Values.Single()
        : throw new InvalidOperationException($"A document projection has one table; {_tables.Count} are declared.");
}
