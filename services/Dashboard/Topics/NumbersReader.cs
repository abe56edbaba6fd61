using EventDriven.Dashboard.Failures;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Topics;

/// <summary>Whether what became of messages adds up to what was published, as each subscription's reconciler says.</summary>
internal sealed class NumbersReader(ControlClient control, SystemWatch watch)
{
    public async Task<Numbers> Read(CancellationToken ct)
    {
        var asked = await Task.WhenAll(from service in watch.View.Current.Services
                                       from subscription in service.Subscriptions
                                       select Ask(service.Part.Name, subscription.Name, ct));
        return new([.. asked.SelectMany(static answer => answer.Lines)], [.. asked.Where(static answer => answer.Silent is not null).Select(static answer => answer.Silent!).Distinct()]);
    }

    private async Task<(IEnumerable<Located<Sums>> Lines, string? Silent)> Ask(string service, string subscription, CancellationToken ct)
    {
        try
        {
            var lines = await control.Get<Sums[]>(service, $"control/subscriptions/{Uri.EscapeDataString(subscription)}/reconciliation", ct) ?? [];
            return (lines.Select(line => new Located<Sums>(service, subscription, line)), null);
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return ([], subscription);
        }
    }
}

/// <summary>All equations, and the subscriptions that could not tell theirs: they, or a sender of theirs, do not answer.</summary>
public sealed record Numbers(IReadOnlyList<Located<Sums>> Lines, IReadOnlyList<string> Silent);

/// <summary>What became of one sender's messages on one topic.</summary>
public sealed record Sums(string Topic, string Source, long Cut, long Published, long Handled, long WithoutHandler, long Parked, long Dead, long Refused, long Skipped, long Quarantined, long Waiting, long? OnTheWay)
{
    public bool Agrees => OnTheWay == 0;

    /// <summary>The right side of the equation; what is zero is left out, but for the handled.</summary>
    public IEnumerable<(long Count, string Words)> Terms =>
        from term in ((long Count, string Words)[])
        [
            (Handled, "handled"), (WithoutHandler, "without handler"), (Parked, "parked"), (Dead, "dead"), (Refused, "refused"),
            (Skipped, "skipped"), (Quarantined, "quarantined"), (Waiting, "waiting"), (OnTheWay ?? 0, "on their way"),
        ]
        where term.Count != 0 || term.Words is "handled"
        select term;
}
