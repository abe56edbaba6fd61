using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace EventDriven.SystemTests.Support;

/// <summary>What the instruments say of one service or subscription, as an exporter would read them: the last value, or a counter's sum.</summary>
public sealed class Instruments : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);

    public Instruments(string of)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("EventDriven.", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();

        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag.Value as string == of)
                    _values.AddOrUpdate(instrument.Name, value, (_, before) => instrument.IsObservable ? value : before + value);
            }
        }
    }

    /// <summary>Null while it has said nothing.</summary>
    public double? Of(string name)
    {
        _listener.RecordObservableInstruments();
        return _values.TryGetValue(name, out var value) ? value : null;
    }

    public void Dispose() => _listener.Dispose();
}
