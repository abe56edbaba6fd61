using EventDriven.Payments.Rules;

namespace EventDriven.Payments.Pay;

/// <summary>Who pays how much for which order, and from where.</summary>
internal sealed record PayRequest(Guid? OrderId, Guid? UserId, Guid? AccountId, long? Amount, string? Currency)
{
    private const long HighestAmount = 1_000_000_000_000_000;

    public RequestPayment Command(string key) => new(OrderId!.Value, UserId!.Value, AccountId!.Value, Amount!.Value, Currency!, key);

    public Dictionary<string, string[]> Problems()
    {
        Dictionary<string, string[]> problems = [];
        foreach (var (name, id) in (ReadOnlySpan<(string, Guid?)>)[("orderId", OrderId), ("userId", UserId), ("accountId", AccountId)])
        {
            if (id is null)
                problems[name] = ["A payment names its order, its user and its account: each a UUID."];
        }
        if (Amount is not (>= 1 and <= HighestAmount))
            problems["amount"] = [$"An amount is an integer of minor units from 1 to {HighestAmount}."];
        if (Currency is not { Length: 3 } || !Currency.All(char.IsAsciiLetterUpper))
            problems["currency"] = ["A currency is three capital letters, for example EUR."];
        return problems;
    }
}
