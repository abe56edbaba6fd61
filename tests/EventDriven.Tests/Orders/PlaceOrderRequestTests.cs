using EventDriven.Orders.PlaceOrder;

namespace EventDriven.Tests.Orders;

/// <summary>What an order may look like: whatever passes has a total that is money.</summary>
public sealed class PlaceOrderRequestTests
{
    private const long Highest = 1_000_000_000_000_000;

    [Fact]
    public void The_lines_come_to_at_most_the_highest_amount_of_money()
    {
        Assert.Empty(Of(new LineRequest("a", 1, Highest)).Problems());
        Assert.Empty(Of(new LineRequest("a", 2, Highest / 2)).Problems());
        Assert.NotEmpty(Of(new LineRequest("a", 1, Highest), new LineRequest("b", 1, 1)).Problems());
        Assert.NotEmpty(Of(new LineRequest("a", int.MaxValue, Highest)).Problems());
        Assert.NotEmpty(Of([.. Enumerable.Repeat(new LineRequest("a", int.MaxValue, Highest), 200)]).Problems());
    }

    [Theory]
    [InlineData("", 1, 1L)]
    [InlineData("   ", 1, 1L)]
    [InlineData("a\nb", 1, 1L)]
    [InlineData(null, 1, 1L)]
    [InlineData("a", 0, 1L)]
    [InlineData("a", -1, 1L)]
    [InlineData("a", null, 1L)]
    [InlineData("a", 1, 0L)]
    [InlineData("a", 1, -1L)]
    [InlineData("a", 1, Highest + 1)]
    [InlineData("a", 1, null)]
    public void A_line_is_something_of_which_there_is_some_at_a_price(string? sku, int? quantity, long? unitPrice) =>
        Assert.Equal(["lines"], Of(new LineRequest(sku, quantity, unitPrice)).Problems().Keys);

    [Fact]
    public void An_order_has_lines_but_not_without_end()
    {
        Assert.NotEmpty(Of().Problems());
        Assert.NotEmpty(Of([null]).Problems());
        Assert.NotEmpty(Of([.. Enumerable.Repeat(new LineRequest("a", 1, 1), 201)]).Problems());
        Assert.Empty(Of([.. Enumerable.Repeat(new LineRequest("a", 1, 1), 200)]).Problems());
    }

    [Theory]
    [InlineData("eur")]
    [InlineData("EURO")]
    [InlineData("")]
    [InlineData(null)]
    public void A_currency_is_three_capital_letters(string? currency) =>
        Assert.Equal(["currency"], (Of(new LineRequest("a", 1, 1)) with { Currency = currency }).Problems().Keys);

    [Fact]
    public void User_and_account_are_named() =>
        Assert.Equal(["userId", "accountId"], (Of(new LineRequest("a", 1, 1)) with { UserId = null, AccountId = null }).Problems().Keys);

    private static PlaceOrderRequest Of(params LineRequest?[] lines) => new(Guid.CreateVersion7(), Guid.CreateVersion7(), "EUR", lines);
}
