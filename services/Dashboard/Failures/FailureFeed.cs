using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Failures;

/// <summary>What is stuck anywhere, read every two seconds while a page shows it.</summary>
internal sealed class FailureFeed(ControlClient control, SystemWatch watch, TimeProvider clock) : BackgroundService
{
    private const int MostStreams = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public Broadcast<FailureOverview?> Overview { get; } = new(null);

    /// <summary>Reads it now; for a page that has just opened, or that has just changed something.</summary>
    public async Task Look(CancellationToken ct)
    {
        var (system, known) = (watch.View.Current, Overview.Current);
        var stuck = from service in system.Services
                    from subscription in service.Subscriptions
                    select Read(service, subscription, known, ct);
        var read = await Task.WhenAll(stuck);
        Overview.Publish(new FailureOverview(
            [.. read.SelectMany(static part => part.Groups).OrderByDescending(static group => group.What.LastFailedAt)],
            [.. read.SelectMany(static part => part.Streams).OrderBy(static stream => stream.What.ParkedAt)],
            [.. read.SelectMany(static part => part.Gaps)],
            [.. read.SelectMany(static part => part.Restored)],
            [.. read.SelectMany(static part => part.Quarantined)],
            [.. read.SelectMany(static part => part.Silent).Distinct(StringComparer.Ordinal)]));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (Overview.IsWatched)
                await Look(stoppingToken);
        }
    }

    // Only what has something set aside is asked; a service that does not answer keeps what it last told, and is named.
    private async Task<FailureOverview> Read(ServiceView service, SubscriptionStatus subscription, FailureOverview? known, CancellationToken ct)
    {
        var (name, reader) = (service.Part.Name, subscription.Name);
        var path = $"control/subscriptions/{Uri.EscapeDataString(reader)}";
        if (subscription.SetAside == 0)
            return FailureOverview.Empty;
        try
        {
            var groups = All<FailureGroup>("failures");
            var streams = All<ParkedKey>($"parked?limit={MostStreams}");
            var gaps = All<Gap>($"gaps?limit={MostStreams}");
            var restored = All<RestoredSource>("restored");
            var quarantined = All<QuarantinedMessage>($"quarantined?limit={MostStreams}");
            return new(await groups, await streams, await gaps, await restored, [.. (await quarantined).Where(static one => !one.What.Skipped)], []);
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return (known ?? FailureOverview.Empty).Of(name, reader) with { Silent = [name] };
        }

        async Task<IReadOnlyList<Located<T>>> All<T>(string what) =>
            [.. (await control.Get<T[]>(name, $"{path}/{what}", ct) ?? []).Select(one => new Located<T>(name, reader, one))];
    }
}

/// <summary>Everything that waits for somebody to decide.</summary>
public sealed record FailureOverview(
    IReadOnlyList<Located<FailureGroup>> Groups, IReadOnlyList<Located<ParkedKey>> Streams, IReadOnlyList<Located<Gap>> Gaps,
    IReadOnlyList<Located<RestoredSource>> Restored, IReadOnlyList<Located<QuarantinedMessage>> Quarantined, IReadOnlyList<string> Silent)
{
    public static FailureOverview Empty { get; } = new([], [], [], [], [], []);

    public bool IsEmpty => Groups.Count + Streams.Count + Gaps.Count + Restored.Count + Quarantined.Count == 0;

    internal FailureOverview Of(string service, string subscription)
    {
        return new(Own(Groups), Own(Streams), Own(Gaps), Own(Restored), Own(Quarantined), []);

        List<Located<T>> Own<T>(IReadOnlyList<Located<T>> all) => [.. all.Where(one => one.Service == service && one.Subscription == subscription)];
    }
}
