namespace EventDriven.Recommendations.Profiles;

/// <summary>One thing to show, and why.</summary>
internal sealed record Pick(string Sku, string Because);

/// <summary>What to show to whom. Pure: the same user gets the same picks at every replay.</summary>
internal static class Picks
{
    private const int Count = 3;

    private static readonly string[] Catalogue = ["kettle-1", "lamp-2", "notebook-3", "backpack-4", "headphones-5", "plant-6", "mug-7", "blanket-8"];

    private static readonly Dictionary<string, string[]> GoesWith = new(StringComparer.Ordinal)
    {
        ["kettle-1"] = ["mug-7", "blanket-8"],
        ["lamp-2"] = ["notebook-3", "plant-6"],
        ["notebook-3"] = ["backpack-4", "lamp-2"],
        ["backpack-4"] = ["headphones-5", "notebook-3"],
        ["headphones-5"] = ["backpack-4"],
        ["plant-6"] = ["lamp-2", "mug-7"],
        ["mug-7"] = ["kettle-1"],
        ["blanket-8"] = ["kettle-1", "headphones-5"],
    };

    public static Pick[] First(Guid user)
    {
        var start = user.ToByteArray()[^1] % Catalogue.Length;
        return [.. Enumerable.Range(start, Count).Select(i => new Pick(Catalogue[i % Catalogue.Length], "popular with people who have just signed up"))];
    }

    /// <summary>What goes with what was bought, the newest first, then the first picks: nothing that the user has.</summary>
    public static Pick[] After(IReadOnlyList<string> bought, IEnumerable<Pick> first) =>
    [
        .. bought.SelectMany(sku => GoesWith.GetValueOrDefault(sku, []).Select(other => new Pick(other, $"goes with {sku}, which you have bought")))
            .Concat(first)
            .Concat(Catalogue.Select(sku => new Pick(sku, "popular with everybody")))
            .DistinctBy(pick => pick.Sku).ExceptBy(bought, pick => pick.Sku).Take(Count),
    ];
}
