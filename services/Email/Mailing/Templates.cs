using EventDriven.Log;

namespace EventDriven.Email.Mailing;

/// <summary>The mails there are.</summary>
internal static class Templates
{
    public const string Welcome = "welcome";
    public const string FirstPicks = "first-picks";

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
        _ => throw NoSuch(template),
    };

    private static DomainRuleException NoSuch(string template) => new($"There is no mail template '{template}'.");
}
