using System.Runtime.InteropServices;

namespace EventDriven.EventSourcing.Projections.Running;

/// <summary>The documents of one build that are in memory, and those known not to exist.</summary>
/// <param name="isEmpty">Whether the build holds none: then there is none to be loaded before some are forgotten.</param>
internal sealed class Documents<TDocument>(bool isEmpty) where TDocument : class
{
    private const int Most = 100_000;
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly Dictionary<string, Document<TDocument>> _known = new(StringComparer.Ordinal);
    private long _bytes;
    private bool _isComplete = isEmpty;

    public bool IsFull => _known.Count > Most || _bytes > MostBytes;

    /// <summary>The document of a key, to be loaded where it was not in memory.</summary>
    public Document<TDocument> Of(string key)
    {
        ref var document = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, key, out var isKnown);
        return isKnown ? document! : document = new(key) { IsLoaded = _isComplete };
    }

    /// <summary>Says how many bytes of JSON were read or written.</summary>
    public void Count(int bytes) => _bytes += bytes;

    public void Forget()
    {
        _known.Clear();
        (_bytes, _isComplete) = (0, false);
    }
}

/// <summary>A document in memory.</summary>
internal sealed class Document<TDocument>(string key) where TDocument : class
{
    public string Key => key;

    /// <summary>Null when there is none.</summary>
    public TDocument? Value { get; set; }

    /// <summary>Whether it was read, or is known not to exist.</summary>
    public bool IsLoaded { get; set; }

    /// <summary>Whether it waits to be written.</summary>
    public bool IsChanged { get; set; }
}
