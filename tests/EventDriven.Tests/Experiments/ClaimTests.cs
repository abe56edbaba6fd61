using EventDriven.Experiments.Results;

namespace EventDriven.Tests.Experiments;

public sealed class ClaimTests
{
    [Fact]
    public void A_number_on_the_line_holds()
    {
        Assert.True(Claim(Side.AtLeast, 5).Judge(5).Held);
        Assert.True(Claim(Side.AtMost, 5).Judge(5).Held);
        Assert.True(Claim(Side.Exactly, 5).Judge(5).Held);
    }

    [Fact]
    public void A_number_on_the_wrong_side_does_not_hold_and_says_by_how_much()
    {
        var low = Claim(Side.AtLeast, 5).Judge(3);

        Assert.False(low.Held);
        Assert.Equal(-2, low.Margin);
        Assert.Equal(-1, Claim(Side.AtMost, 5).Judge(6).Margin);
        Assert.Equal(-1, Claim(Side.Exactly, 5).Judge(4).Margin);
    }

    [Fact]
    public void What_is_no_number_does_not_hold() => Assert.False(Claim(Side.AtMost, 5).Judge(double.NaN).Held);

    private static Claim Claim(Side side, double limit) => new("It is so", "measure", side, limit, "events");
}
