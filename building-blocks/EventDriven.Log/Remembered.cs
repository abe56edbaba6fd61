namespace EventDriven.Log;

/// <summary>
/// What was said last of some keys: of at least the <paramref name="most"/> newest and at most twice as many. Of two generations the older goes
/// when the younger is full.
/// </summary>
internal sealed class Remembered<TKey, TValue>(int most) where TKey : notnull where TValue : class
{
    private Dictionary<TKey, TValue> _young = [], _old = [];

    public TValue? Of(TKey key) => _young.GetValueOrDefault(key) ?? _old.GetValueOrDefault(key);

    public void Set(TKey key, TValue value)
    {
        _young[key] = value;
        if (_young.Count > most)
            (_old, _young) = (_young, []);
    }

    public void Forget(TKey key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }
}
