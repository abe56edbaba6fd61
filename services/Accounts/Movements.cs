using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.Log.Requests;

namespace EventDriven.Accounts;

/// <summary>Money that comes or goes. Without effectiveAt it takes effect when it is recorded.</summary>
internal sealed record MoveRequest(long? Amount, string? Currency, string? EffectiveAt)
{
    private const int EarliestYear = 1900;

    public DateTimeOffset? Effective => EffectiveAt is not null && Time.TryRead(EffectiveAt, out var at) ? at.ToUniversalTime() : null;

    public Dictionary<string, string[]> Problems(DateTimeOffset now)
    {
        Dictionary<string, string[]> problems = [];
        Money.Check(Amount, Currency, problems);
        if (EffectiveAt is not null && (Effective is not { } at || at > now || at.Year < EarliestYear))
            problems["effectiveAt"] = [$"It is a time in RFC 3339 with its offset, from {EarliestYear} up to now, for example 2030-01-01T12:00:00Z."];
        return problems;
    }
}

/// <summary>What a movement came to.</summary>
internal sealed record Moved(Guid AccountId, long Version, long Balance, string Currency)
{
    public static Outcome Answer(Decided<Account> decided) =>
        Outcome.Ok(new Moved(decided.State.Id, decided.Version, decided.State.Balance, decided.State.Currency));
}
