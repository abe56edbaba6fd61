using System.Security.Cryptography;
using System.Text;

namespace EventDriven.Dashboard.Access;

/// <summary>The token of the sign-in link; who gives none gets one made here.</summary>
internal sealed class LoginOptions
{
    public string Token { get; set; } = "";

    /// <value>Whether this process made the token, so that nobody else can tell it.</value>
    public bool IsOurs { get; set; }

    /// <value>A second link's token, whose holder may only look. Empty: there is no such link.</value>
    public string ViewToken { get; set; } = "";

    /// <summary>The roles that a token opens; none when it opens nothing.</summary>
    public IReadOnlyList<string> RolesOf(string token) => Is(token, Token) ? Roles.All : Is(token, ViewToken) ? [Roles.View] : [];

    private static bool Is(string token, string expected) => expected.Length > 0 && CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(token)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
