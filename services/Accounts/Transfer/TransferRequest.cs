namespace EventDriven.Accounts.Transfer;

internal sealed record TransferRequest(Guid? From, Guid? To, long? Amount, string? Currency)
{
    public Dictionary<string, string[]> Problems()
    {
        Dictionary<string, string[]> problems = [];
        Money.Check(Amount, Currency, problems);
        if (From is null)
            problems["from"] = ["The account that gives: a UUID."];
        if (To is null)
            problems["to"] = ["The account that takes: a UUID."];
        else if (To == From)
            problems["to"] = ["A transfer goes to another account."];
        return problems;
    }
}
