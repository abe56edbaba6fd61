using EventDriven.Contracts.Orders;
using EventDriven.Orders.Rules;

namespace EventDriven.Orders.PlaceOrder;

/// <summary>Who orders what, and which account pays.</summary>
internal sealed record PlaceOrderRequest(Guid? UserId, Guid? AccountId, string? Currency, IReadOnlyList<LineRequest?>? Lines)
{
    private const long HighestAmount = 1_000_000_000_000_000;
    private const int MostLines = 200, LongestSku = 100;

    public RequestOrder Command(string key, DateTimeOffset at) => new(
        Guid.CreateVersion7(at), UserId!.Value, AccountId!.Value, Currency!, [.. Lines!.Select(l => new OrderLine(l!.Sku!, l.Quantity!.Value, l.UnitPrice!.Value))], key, at);

    public Dictionary<string, string[]> Problems()
    {
        Dictionary<string, string[]> problems = [];
        if (UserId is null)
            problems["userId"] = ["An order names its user: a UUID."];
        if (AccountId is null)
            problems["accountId"] = ["An order names the account that pays: a UUID."];
        if (Currency is not { Length: 3 } || !Currency.All(char.IsAsciiLetterUpper))
            problems["currency"] = ["A currency is three capital letters, for example EUR."];
        if (Lines is not { Count: >= 1 and <= MostLines })
            problems["lines"] = [$"An order has 1 to {MostLines} lines."];
        else if (Lines.Any(line => !IsLine(line)))
            problems["lines"] = [$"Each line has a sku of 1 to {LongestSku} characters on one line, a quantity from 1, and a unitPrice in minor units from 1 to {HighestAmount}."];
        else if (Lines.Aggregate((Int128)0, (sum, line) => sum + ((Int128)line!.Quantity!.Value * line.UnitPrice!.Value)) > HighestAmount)
            problems["lines"] = [$"The lines come to more than {HighestAmount}."];
        return problems;
    }

    private static bool IsLine(LineRequest? line) => line is { Quantity: >= 1, UnitPrice: >= 1 and <= HighestAmount, Sku.Length: <= LongestSku }
        && !string.IsNullOrWhiteSpace(line.Sku) && !line.Sku.Any(char.IsControl);
}

internal sealed record LineRequest(string? Sku, int? Quantity, long? UnitPrice);
