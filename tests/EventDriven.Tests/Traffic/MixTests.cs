using EventDriven.Traffic.Customers;
using EventDriven.Traffic.Mix;

namespace EventDriven.Tests.Traffic;

public sealed class MixTests
{
    [Theory]
    [InlineData(0, "signUp")]
    [InlineData(0.249, "signUp")]
    [InlineData(0.25, "shop")]
    [InlineData(0.999999, "shop")]
    public void Each_action_comes_by_its_weight(double random, string action) =>
        Assert.Equal(action, new MixSettings(1, new Dictionary<string, double> { ["signUp"] = 1, ["shop"] = 3, ["burst"] = 0 }).Draw(random));

    [Fact]
    public void The_mix_at_the_start_is_one_that_may_be_set() => Assert.Empty(new MixSettings(2, new TrafficOptions().Mix).Problems());

    [Fact]
    public void A_basket_costs_what_its_lines_cost_and_holds_nothing_twice()
    {
        for (var i = 0; i < 100; i++)
        {
            var basket = Basket.Any("EUR", Random.Shared);
            Assert.InRange(basket.Lines.Count, 1, 3);
            Assert.Equal(basket.Lines.Count, basket.Lines.DistinctBy(line => line.Sku).Count());
            Assert.Equal(basket.Lines.Sum(line => line.Quantity * line.UnitPrice), basket.Total);
        }
    }
}
