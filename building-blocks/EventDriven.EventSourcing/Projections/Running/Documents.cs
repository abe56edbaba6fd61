namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>The documents of one build that are in memory, and those known not to exist.</summary>
internal sealed class Documents<TDocument> where TDocument : class
{
    private const int Most = 100_000;
    private Dictionary<string, TDocument?> _known = new(StringComparer.Ordinal);

    public bool IsFull => _known.Count > Most;

    public TDocument? Get(string key) => _known[key];

    public string[] Unknown(IEnumerable<string?> keys)
    {
        HashSet<string>? unknown = null;
        foreach (var key in keys)
        {
            if (key is not null && !_known.ContainsKey(key))
                (unknown ??= new(StringComparer.Ordinal)).Add(key);
        }
        return unknown is null ? [] : [.. unknown];
    }

    public void Know(IEnumerable<string> keys, IEnumerable<(string Key, TDocument Document)> found)
    {
        foreach (var key in keys)
            _known[key] = null;
        foreach (var (key, document) in found)
            _known[key] = document;
    }

    public void Change(Dictionary<string, TDocument?> changed)
    {
        foreach (var (key, document) in changed)
            _known[key] = document;
    }

    public void Forget() => _known = new(StringComparer.Ordinal);
}
