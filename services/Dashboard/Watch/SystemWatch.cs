using EventDriven.Dashboard.Flow;

namespace EventDriven.Dashboard.Watch;

/// <summary>Asks every service, the broker and the database how they are, every two seconds.</summary>
internal sealed class SystemWatch(ControlClient control, IEnumerable<IPart> infrastructure, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public Broadcast<SystemView> View { get; } = new(SystemView.Unknown);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var services = control.Services.Select(name => new ServiceView(Unknown(name))).ToArray();
        var parts = infrastructure.Select(part => (part, View: Unknown(part.Name))).ToArray();
        using var timer = new PeriodicTimer(Pause, clock);
        do
        {
            var asked = Task.WhenAll(services.Select(service => Ask(service, stoppingToken)));
            var probed = Task.WhenAll(parts.Select(async part =>
                (part.part, View: part.View.Becomes(await part.part.Probe(stoppingToken), clock.GetUtcNow()))));
            services = await asked;
            parts = await probed;
            View.Publish(new SystemView(services, [.. parts.Select(part => part.View)]));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private PartView Unknown(string name) => new(name, Condition.Unknown, null, clock.GetUtcNow());

    private async Task<ServiceView> Ask(ServiceView known, CancellationToken ct)
    {
        var name = known.Part.Name;
        ServiceHealth health;
        try
        {
            health = await control.Health(name, ct);
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return known with { Part = known.Part.Becomes(new(Condition.Down, Unreachable.Why(e)), clock.GetUtcNow()) };
        }

        try
        {
            known = known with
            {
                Log = await control.Log(name, ct),
                Subscriptions = await control.Subscriptions(name, ct) ?? [],
            };
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            health = new(health.Condition is Condition.Down ? Condition.Down : Condition.Degraded, Unreachable.Why(e));
        }

        return known with { Part = known.Part.Becomes(health, clock.GetUtcNow()) };
    }
}
