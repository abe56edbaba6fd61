using EventDriven.Log;

namespace EventDriven.Email.Mailing;

/// <summary>The mails there are.</summary>
internal static class Templates
{
    public const string Welcome = "welcome";
    public const string FirstPicks = "first-picks";
    public const string OrderPlaced = "order-placed";
    public const string OrderShipped = "order-shipped";
    public const string PaymentFailed = "payment-failed";

    /// <summary>What others may ask for; the rest is Email's own to say, with values of its own.</summary>
    /// <exception cref="DomainRuleException">There is no such template: whoever asks for it is refused at once, not when the mail could leave.</exception>
    public static void Require(string template)
    {
        if (template is not (Welcome or FirstPicks))
            throw NoSuch(template);
    }

    public static (string Subject, string Body) Render(string template, string name, IReadOnlyDictionary<string, string> values) => template switch
    {
        Welcome => ("Welcome!", $"Hello {name},\n\nit is good to have you here.\n"),
        FirstPicks => ("Picked for you", $"Hello {name},\n\nto start with, have a look at: {values.GetValueOrDefault("picks", "our shop")}.\n"),
        OrderPlaced => ("Thank you for your order", $"Hello {name},\n\nwe have your order: {values["lines"]}, {values["total"]} in all.\n"),
        OrderShipped => ("Your order is on its way", $"Hello {name},\n\nyour order {values["order"]} has left our house.\n"),
        PaymentFailed => ("Your payment did not go through", $"Hello {name},\n\nwe could not take {values["amount"]} for your order: {values["reason"]}. Nothing was ordered.\n"),
        _ => throw NoSuch(template),
    };

    private static DomainRuleException NoSuch(string template) => new($"There is no mail template '{template}'.");
}
