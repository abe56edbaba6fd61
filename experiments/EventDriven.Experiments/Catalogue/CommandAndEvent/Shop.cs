using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;

namespace EventDriven.Experiments.Catalogue.CommandAndEvent;

/// <summary>Where customers join: one service, in whichever version of its code was started last.</summary>
internal sealed class Shop(Lab lab, string name) : IAsyncDisposable
{
    private LabService? _service;
    private ISender? _code;

    /// <summary>How often it had to be started.</summary>
    public int Starts { get; private set; }

    public async Task Deploy(ISender code, CancellationToken ct)
    {
        await DisposeAsync();
        _code = code;
        _service = await LabService.Start(lab, name, code.Types, builder => builder.AddMessaging(), app => app.MapMessaging(), ct);
        Starts++;
    }

    public Task Join(int customers, CancellationToken ct) => Task.WhenAll(Enumerable.Range(0, customers).Select(_ =>
    {
        var customer = new StreamName("customer", Guid.CreateVersion7());
        return _service!.Log.Append(customer, ExpectedVersion.NoStream, Cause.Begin(), _code!.Joined(customer.Id), [], ct);
    }));

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        _service = null;
    }
}
