namespace EventDriven.Traffic.Customers;

internal sealed record Line(string Sku, int Quantity, long UnitPrice);

/// <summary>What somebody wants to have, at the shop's prices in minor units.</summary>
internal sealed record Basket(string Currency, IReadOnlyList<Line> Lines)
{
    private const int MostLines = 3, MostOfOne = 2;

    private static readonly (string Sku, long Price)[] Shop =
    [
        ("kettle-1", 3_490), ("lamp-2", 5_900), ("notebook-3", 1_250), ("backpack-4", 7_900),
        ("headphones-5", 12_900), ("plant-6", 1_990), ("mug-7", 1_190), ("blanket-8", 4_500),
    ];

    public long Total => Lines.Sum(line => line.Quantity * line.UnitPrice);

    public static Basket Any(string currency, Random random)
    {
        var things = Shop.ToArray();
        random.Shuffle(things);
        return new(currency, [.. things.Take(random.Next(1, MostLines + 1)).Select(thing => new Line(thing.Sku, random.Next(1, MostOfOne + 1), thing.Price))]);
    }
}
