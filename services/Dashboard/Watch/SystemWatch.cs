using EventDriven.Dashboard.Flow;

namespace EventDriven.Dashboard.Watch;

/// <summary>
/// Asks every service, the broker and the database how they are, every two seconds. A service that is down when it is first asked is
/// shown by what the broker knows of the group of its name, as subscriptions are called here like their services.
/// </summary>
internal sealed class SystemWatch(ControlClient control, IEnumerable<IPart> infrastructure, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public Broadcast<SystemView> View { get; } = new(SystemView.Unknown);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        do
            await Look(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Asks everybody once.</summary>
    internal async Task Look(CancellationToken ct)
    {
        var known = View.Current;
        var services = Task.WhenAll(control.Services.Select(name => Ask(known.Service(name) ?? new ServiceView(Unknown(name)), ct)));
        var parts = Task.WhenAll(infrastructure.Select(async part =>
            (known.Part(part.Name) ?? Unknown(part.Name)).Becomes(await part.Probe(ct), clock.GetUtcNow())));
        View.Publish(new SystemView(await services, await parts));
    }

    private KafkaPart? Broker => infrastructure.OfType<KafkaPart>().FirstOrDefault();

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
            if (!known.IsHeard && Broker is { } broker && await broker.Group(name, ct) is { } told)
                known = known with { Subscriptions = [told], IsHeard = true };
            return known with
            {
                Part = known.Part.Becomes(new(Condition.Down, Unreachable.Why(e)), clock.GetUtcNow()),
                Subscriptions = await Task.WhenAll(known.Subscriptions.Select(Behind)),
            };
        }

        try
        {
            known = known with
            {
                Log = await control.Log(name, ct),
                Subscriptions = await control.Subscriptions(name, ct) ?? [],
                IsHeard = true,
            };
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            health = new(health.Condition is Condition.Down ? Condition.Down : Condition.Degraded, Unreachable.Why(e));
        }

        return known with { Part = known.Part.Becomes(health, clock.GetUtcNow()) };
    }

    // A subscription of a service that is down cannot tell its lag, but the broker knows what has come since.
    private async Task<SubscriptionStatus> Behind(SubscriptionStatus known)
    {
        if (Broker is not { } broker)
            return known;

        var ends = await broker.Ends(known.Partitions.Select(static partition => (partition.Topic, partition.Partition)));
        var partitions = known.Partitions
            .Select(partition => partition with { End = ends.GetValueOrDefault((partition.Topic, partition.Partition), partition.End) }).ToList();
        return known with { Partitions = partitions, Lag = partitions.Sum(static partition => Math.Max(0, partition.End - partition.Next)) };
    }
}
