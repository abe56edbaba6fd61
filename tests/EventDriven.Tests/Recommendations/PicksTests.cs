using EventDriven.Recommendations.Profiles;

namespace EventDriven.Tests.Recommendations;

public sealed class PicksTests
{
    private static readonly Pick[] First = Picks.First(Guid.CreateVersion7());

    [Fact]
    public void Who_has_bought_nothing_is_shown_the_first_picks() => Assert.Equal(First, Picks.After([], First));

    [Fact]
    public void What_goes_with_the_newest_purchase_comes_first_and_says_so()
    {
        var picks = Picks.After(["lamp-2", "kettle-1"], First);
        Assert.Equal(["notebook-3", "plant-6", "mug-7"], picks.Select(p => p.Sku));
        Assert.Contains("lamp-2", picks[0].Because, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_was_bought_is_shown_again()
    {
        string[] bought = ["mug-7", "kettle-1", "blanket-8", "headphones-5"];
        var picks = Picks.After(bought, First);
        Assert.Equal(3, picks.Length);
        Assert.Empty(picks.Select(p => p.Sku).Intersect(bought));
    }

    [Fact]
    public void A_thing_that_nobody_knows_changes_nothing() => Assert.Equal(First, Picks.After(["unheard-of"], First));
}
