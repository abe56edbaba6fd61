using EventDriven.Dashboard.Access;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Operate;

/// <summary>
/// The only way from a page to what changes something. It asks for the role on the server, and names the signed-in account to the
/// service, or to the host, which writes it into its audit.
/// </summary>
internal sealed class Steering(ControlClient control, HostClient host, Visitor visitor)
{
    /// <summary>What a deed would touch, in order.</summary>
    public async Task<Planned> Preview(Deed deed, CancellationToken ct)
    {
        var account = await visitor.Demand(Roles.Operate);
        var answer = await Send<Plan>(deed, $"{deed.Verb}?preview=true", Body(deed, outOfOrder: false), account, ct);
        return new(answer.Value?.Runs ?? answer.Value?.Skips ?? [], answer.Problem);
    }

    public async Task<Done> Do(Deed deed, bool outOfOrder, CancellationToken ct)
    {
        var account = await visitor.Demand(Roles.Operate);
        if (deed.IsOfHost)
            return await TellHost(deed, account, ct) is { } problem ? new(false, problem, null, []) : new(true, null, null, []);
        var answer = await Send<Plan>(deed, deed.Verb, Body(deed, outOfOrder), account, ct);
        return new(answer.Problem is null, answer.Problem, answer.Value?.Operation, answer.Value?.Lost ?? []);
    }

    /// <summary>How far a deed has come, by its number in the service's audit; null when the service does not say.</summary>
    public Task<OperationProgress?> Progress(string service, long operation, CancellationToken ct) =>
        control.Get<OperationProgress>(service, $"control/audit/{operation}", ct);

    private async Task<string?> TellHost(Deed deed, string account, CancellationToken ct)
    {
        try
        {
            return await host.Do(deed.Service, deed.Verb, account, ct);
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return $"The host could not be asked: {Unreachable.Why(e)}. Whether it has done it shows in the health of {deed.Service}.";
        }
    }

    private static object Body(Deed deed, bool outOfOrder) =>
        deed.MessageIds.Count > 0 ? new { messageIds = deed.MessageIds, outOfOrder } : deed.Body ?? new { };

    private async Task<Answer<T>> Send<T>(Deed deed, string verb, object body, string account, CancellationToken ct) where T : class
    {
        try
        {
            return await control.Post<T>(deed.Service, $"control/subscriptions/{Uri.EscapeDataString(deed.Subscription)}/{verb}", body, account, ct);
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return new(null, $"{deed.Service} could not be asked: {Unreachable.Why(e)}. Whether it has done it stands in its audit.");
        }
    }

    private sealed record Plan
    {
        public IReadOnlyList<PlannedRun>? Runs { get; init; }

        public IReadOnlyList<PlannedRun>? Skips { get; init; }

        public IReadOnlyList<LostMessages>? Lost { get; init; }

        public long? Operation { get; init; }
    }
}

/// <summary>What a deed would touch, or why it cannot be said.</summary>
public sealed record Planned(IReadOnlyList<PlannedRun> Runs, string? Problem)
{
    /// <summary>Some would be handled after later ones of their stream.</summary>
    public bool IsOutOfOrder => Runs.Any(static run => run.LaterApplied);
}

public sealed record PlannedRun(string MessageId, string Type, string Stream, long Sequence, string State, bool Chosen, bool LaterApplied);

/// <summary>What a restored source has lost though it was handled.</summary>
public sealed record LostMessages(string Topic, string Stream, long From, long To);

/// <summary>How a deed ended.</summary>
public sealed record Done(bool Succeeded, string? Problem, long? Operation, IReadOnlyList<LostMessages> Lost);

/// <summary>What became of the messages of one deed.</summary>
public sealed record OperationProgress(DateTimeOffset At, string Who, string Subscription, string Action, long Total, long Handled, long Open, long Dead, long Refused, long Skipped)
{
    public bool IsOver => Open == 0;
}
