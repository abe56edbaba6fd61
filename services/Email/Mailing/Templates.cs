using EventDriven.Log;

namespace EventDriven.Email.Mailing;

/// <summary>The mails there are.</summary>
internal static class Templates
{
    public const string Welcome = "welcome";
    public const string FirstPicks = "first-picks";

    public static (string Subject, string Body) Render(string template, string name, IReadOnlyDictionary<string, string> values) => template switch
    {
        Welcome => ("Welcome!", $"Hello {name},\n\nit is good to have you here.\n"),
        FirstPicks => ("Picked for you", $"Hello {name},\n\nto start with, have a look at: {values.GetValueOrDefault("picks", "our shop")}.\n"),
        _ => throw new DomainRuleException($"There is no mail template '{template}'."),
    };
}
