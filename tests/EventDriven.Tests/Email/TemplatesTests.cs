using EventDriven.Email.Mailing;

namespace EventDriven.Tests.Email;

public sealed class TemplatesTests
{
    [Theory]
    [InlineData(4_200, "EUR", "42.00 EUR")]
    [InlineData(1, "USD", "0.01 USD")]
    [InlineData(4_200, "JPY", "4200 JPY")]
    [InlineData(4_200, "KWD", "4.200 KWD")]
    [InlineData(1_000_000_000_000_000, "EUR", "10000000000000.00 EUR")]
    public void Money_is_written_in_whole_units(long minor, string currency, string text) => Assert.Equal(text, Money.Text(minor, currency));

    [Theory]
    [InlineData(Templates.OrderPlaced, "Ada", "2 x mug-7", "42.00 EUR")]
    [InlineData(Templates.OrderShipped, "Ada", "0199")]
    [InlineData(Templates.PaymentFailed, "Ada", "42.00 EUR", "insufficient funds")]
    public void A_mail_says_what_it_is_about(string template, params string[] said)
    {
        var values = new Dictionary<string, string>
        {
            ["lines"] = "2 x mug-7",
            ["total"] = "42.00 EUR",
            ["order"] = "0199",
            ["amount"] = "42.00 EUR",
            ["reason"] = "insufficient funds",
        };
        var (subject, body) = Templates.Render(template, "Ada", values);
        Assert.NotEmpty(subject);
        Assert.All(said, text => Assert.Contains(text, body, StringComparison.Ordinal));
    }
}
