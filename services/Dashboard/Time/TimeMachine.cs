using System.Globalization;
using EventDriven.Dashboard.Components;
using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Time;

/// <summary>
/// An account as it was known at any moment. Accounts folds it from its log; its control endpoints tell the events and whether the
/// chain holds; the subscriptions tell what was on its way then.
/// </summary>
internal sealed class TimeMachine(ControlClient control, JourneyReader journeys, TimeProvider clock)
{
    private const string Service = "accounts";
    private const int MostEvents = 500;
    private const int MostFollowed = 20;

    /// <summary>What does not depend on the moment; null when there is no such account.</summary>
    /// <exception cref="HttpRequestException">Accounts does not answer.</exception>
    public async Task<AccountHistory?> History(Guid account, CancellationToken ct)
    {
        var stream = $"account-{account}";
        var events = (await control.Meant(Service, account, MostEvents, ct) ?? []).Where(message => message.Stream == stream).OrderBy(static message => message.Version).ToList();
        if (events.Count == 0)
            return null;
        var chain = await control.Get<ChainCheck>(Service, $"control/log/streams/{stream}/verification", ct);
        return new AccountHistory(account, events, chain);
    }

    public async Task<AccountMoment> At(AccountHistory history, DateTimeOffset at, CancellationToken ct)
    {
        var then = at >= clock.GetUtcNow() ? "" : string.Create(CultureInfo.InvariantCulture, $"?at={Uri.EscapeDataString(at.ToString("O", CultureInfo.InvariantCulture))}");
        var state = at < history.Opened ? null : await control.Get<AccountState>(Service, $"accounts/{history.AccountId}{then}", ct);
        var recent = history.Events.Where(message => message.RecordedAt <= at).TakeLast(MostFollowed);
        var passages = await Task.WhenAll(recent.Select(message => journeys.Passage(Service, message, ct)));
        return new AccountMoment(at, state,
        [
            .. from passage in passages
               from hop in passage.Readers
               where hop.Outcome is not Outcome.Done || hop.At > at
               select new InFlight(passage.Message, hop.Title, hop.Outcome is Outcome.Done ? $"handled {Format.Duration(hop.At.GetValueOrDefault() - at)} later" : hop.Text),
        ]);
    }
}

/// <summary>An account's events, oldest first, and whether their chain holds.</summary>
public sealed record AccountHistory(Guid AccountId, IReadOnlyList<LogMessage> Events, ChainCheck? Chain)
{
    public DateTimeOffset Opened => Events[0].RecordedAt;
}

public sealed record ChainCheck(bool Valid, long Events);

/// <summary>As Accounts answers it.</summary>
public sealed record AccountState(Guid AccountId, long Version, long Balance, string Currency, string Status);

/// <summary>An account at one moment; its state is null before it was opened.</summary>
public sealed record AccountMoment(DateTimeOffset At, AccountState? State, IReadOnlyList<InFlight> InFlight);

/// <summary>A message that a subscription had not handled at that moment.</summary>
public sealed record InFlight(LogMessage Message, string Subscription, string Words);
