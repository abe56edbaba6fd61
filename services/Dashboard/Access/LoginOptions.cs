namespace EventDriven.Dashboard.Access;

/// <summary>The tokens of the sign-in links that are given from outside; who gives none gets one made here.</summary>
internal sealed class LoginOptions
{
    public string Token { get; set; } = "";

    /// <value>Whether this process made the token, so that nobody else can tell it.</value>
    public bool IsOurs { get; set; }

    /// <value>A second link's token, whose holder may only look. Empty: there is no such link.</value>
    public string ViewToken { get; set; } = "";
}
