using System.Security.Cryptography;
using System.Text;

namespace EventDriven.Dashboard.Access;

/// <summary>The token of the sign-in link; who gives none gets one made here.</summary>
internal sealed class LoginOptions
{
    public string Token { get; set; } = "";

    /// <value>Whether this process made the token, so that nobody else can tell it.</value>
    public bool IsOurs { get; set; }

    public bool Is(string token) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(token)), SHA256.HashData(Encoding.UTF8.GetBytes(Token)));
}
