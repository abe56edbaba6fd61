namespace EventDriven.Accounts;

/// <summary>What a client says of money: an integer of minor units, and which.</summary>
internal static class Money
{
    private const long Highest = 1_000_000_000_000_000;

    /// <summary>Says what is wrong with it, by field.</summary>
    public static void Check(long? amount, string? currency, Dictionary<string, string[]> problems)
    {
        if (amount is not (>= 1 and <= Highest))
            problems["amount"] = [$"An amount is an integer of minor units from 1 to {Highest}."];
        CheckCurrency(currency, problems);
    }

    public static void CheckCurrency(string? currency, Dictionary<string, string[]> problems)
    {
        if (currency is not { Length: 3 } || !currency.All(char.IsAsciiLetterUpper))
            problems["currency"] = ["A currency is three capital letters, for example EUR."];
    }
}
