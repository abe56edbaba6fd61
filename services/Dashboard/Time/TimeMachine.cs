using System.Globalization;
using EventDriven.Dashboard.Components;
using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Time;

/// <summary>
/// An account, or the whole bank, as it was known at any moment. Accounts folds an account from its log and answers the rest from its
/// read models; its control endpoints tell the events and whether the chain holds; the subscriptions tell what was on its way then.
/// </summary>
internal sealed class TimeMachine(ControlClient control, JourneyReader journeys, TimeProvider clock)
{
    private const string Service = "accounts";
    private const int MostEvents = 500;
    private const int MostFollowed = 20;
    private const int StatementLines = 20;

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
        var state = at < history.Opened ? null : await control.Get<AccountState>(Service, $"control/accounts/{history.AccountId}{AsOf('?', "at", at)}", ct);
        var statement = state is null ? null : await control.Get<AccountStatement>(Service,
            $"control/accounts/{history.AccountId}/statement?after={Math.Max(-1, state.Version - StatementLines)}{AsOf('&', "to", at)}", ct);
        return new AccountMoment(at, state, statement?.Lines ?? [], await InFlight(history.Events.Where(message => message.RecordedAt <= at).TakeLast(MostFollowed), at, ct));
    }

    /// <summary>The whole bank as it was recorded by a moment, with what of its last messages was on its way then.</summary>
    /// <exception cref="HttpRequestException">Accounts does not answer.</exception>
    public async Task<BankMoment?> Bank(DateTimeOffset at, CancellationToken ct)
    {
        var state = await control.Get<BankState>(Service, $"control/bank{AsOf('?', "at", at)}", ct);
        var recent = await control.Get<LogMessage[]>(Service, $"control/log/messages?limit={MostFollowed}{AsOf('&', "at", at)}", ct) ?? [];
        return state is null ? null : new BankMoment(at, state, await InFlight(recent, at, ct));
    }

    // A moment that is not over is now: the services' clocks may not have come to it.
    private string AsOf(char mark, string name, DateTimeOffset at) => at >= clock.GetUtcNow() ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{mark}{name}={Uri.EscapeDataString(at.ToString("O", CultureInfo.InvariantCulture))}");

    private async Task<IReadOnlyList<InFlight>> InFlight(IEnumerable<LogMessage> messages, DateTimeOffset at, CancellationToken ct)
    {
        var passages = await Task.WhenAll(messages.Select(message => journeys.Passage(Service, message, ct)));
        return
        [
            .. from passage in passages
               from hop in passage.Readers
               where hop.Outcome is not Outcome.Done || hop.At > at
               select new InFlight(passage.Message, hop.Title, hop.Outcome is Outcome.Done ? $"handled {Format.Duration(hop.At.GetValueOrDefault() - at)} later" : hop.Text),
        ];
    }
}

/// <summary>An account's events, oldest first, and whether their chain holds.</summary>
public sealed record AccountHistory(Guid AccountId, IReadOnlyList<LogMessage> Events, ChainCheck? Chain)
{
    public DateTimeOffset Opened => Events[0].RecordedAt;
}

public sealed record ChainCheck(bool Valid, long Events)
{
    public IReadOnlyList<ChainFinding> Findings { get; init; } = [];

    /// <summary>What is wrong with one event of the stream; null when nothing is.</summary>
    public string? Of(LogMessage message) => Findings.FirstOrDefault(finding => finding.Stream == message.Stream && finding.Version == message.Version)?.What;
}

/// <summary>Something in the log that is not as it was written.</summary>
public sealed record ChainFinding(string? Stream, long? Version, string What);

/// <summary>As Accounts answers it.</summary>
public sealed record AccountState(Guid AccountId, long Version, long Balance, string Currency, string Status);

/// <summary>An account at one moment; its state is null before it was opened.</summary>
public sealed record AccountMoment(DateTimeOffset At, AccountState? State, IReadOnlyList<StatementLine> Statement, IReadOnlyList<InFlight> InFlight);

/// <summary>The end of the statement, as the read model has it.</summary>
public sealed record AccountStatement(IReadOnlyList<StatementLine> Lines);

public sealed record StatementLine(long Version, string Type, DateTimeOffset At, long Amount, long Balance);

/// <summary>As Accounts answers it. Since: when money first moved.</summary>
public sealed record BankState(DateTimeOffset? Since, IReadOnlyList<BankCurrency> Currencies, long Position);

public sealed record BankCurrency(string Currency, long Accounts, decimal Balances, decimal InTransit, decimal Deposited, decimal Withdrawn)
{
    public bool AddsUp => Balances + InTransit == Deposited - Withdrawn;
}

/// <summary>The whole bank at one moment.</summary>
public sealed record BankMoment(DateTimeOffset At, BankState State, IReadOnlyList<InFlight> InFlight);

/// <summary>A message that a subscription had not handled at that moment.</summary>
public sealed record InFlight(LogMessage Message, string Subscription, string Words);
