using EventDriven.Traffic.Mix;

namespace EventDriven.Traffic.Customers;

/// <summary>What one customer does, from the beginning and at the pace of a person. False when the company says no, as it should.</summary>
internal sealed class Visits(Company company, TimeProvider clock)
{
    private const int MostOrders = 3;
    private static readonly TimeSpan ThinksAtLeast = TimeSpan.FromMilliseconds(100), ThinksAtMost = TimeSpan.FromMilliseconds(600);
    private static readonly string[] Currencies = ["EUR", "EUR", "EUR", "USD"];

    public Task<bool> Act(string action, CancellationToken ct) => action switch
    {
        MixSettings.SignUp => SignUp(ct),
        MixSettings.Overspend => Overspend(ct),
        _ => Shop(ct),
    };

    private async Task<bool> SignUp(CancellationToken ct)
    {
        await company.SignUp(Person.Any(Random.Shared), ct);
        return true;
    }

    /// <summary>Has money for all that is ordered, in one order or a few.</summary>
    private async Task<bool> Shop(CancellationToken ct)
    {
        var currency = Random.Shared.GetItems(Currencies, 1)[0];
        var baskets = Enumerable.Range(0, Random.Shared.Next(1, MostOrders + 1)).Select(_ => Basket.Any(currency, Random.Shared)).ToArray();
        var (user, account) = await Open(currency, baskets.Sum(basket => basket.Total), ct);
        var isServed = true;
        foreach (var basket in baskets)
        {
            await Think(ct);
            isServed &= await company.Order(user, account, basket, ct);
        }
        return isServed;
    }

    /// <summary>Wants more than there is money for.</summary>
    private async Task<bool> Overspend(CancellationToken ct)
    {
        var basket = Basket.Any(Currencies[0], Random.Shared);
        var (user, account) = await Open(basket.Currency, basket.Total - 1, ct);
        await Think(ct);
        return await company.Order(user, account, basket, ct);
    }

    private async Task<(Guid User, Guid Account)> Open(string currency, long money, CancellationToken ct)
    {
        var user = await company.SignUp(Person.Any(Random.Shared), ct);
        await Think(ct);
        var account = await company.OpenAccount(user, currency, ct);
        await company.Deposit(account, money, currency, ct);
        return (user, account);
    }

    private Task Think(CancellationToken ct) => Task.Delay(ThinksAtLeast + Random.Shared.NextDouble() * (ThinksAtMost - ThinksAtLeast), clock, ct);
}
