namespace EventDriven.Recommendations.Profiles;

/// <summary>One thing to show, and why.</summary>
internal sealed record Pick(string Sku, string Because);

/// <summary>What to show to whom. Pure: the same user gets the same first picks at every replay.</summary>
internal static class Picks
{
    private const int Count = 3;

    private static readonly string[] Catalogue = ["kettle-1", "lamp-2", "notebook-3", "backpack-4", "headphones-5", "plant-6", "mug-7", "blanket-8"];

    public static Pick[] First(Guid user)
    {
        var start = user.ToByteArray()[^1] % Catalogue.Length;
        return [.. Enumerable.Range(start, Count).Select(i => new Pick(Catalogue[i % Catalogue.Length], "popular with people who have just signed up"))];
    }
}
