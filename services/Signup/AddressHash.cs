using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace EventDriven.Signup;

/// <summary>Compares mail addresses, and requests that hold one, without keeping them.</summary>
internal sealed class AddressHash(IOptions<SignupOptions> options)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(options.Value.AddressKey);

    /// <summary>The same for addresses that differ in case or surrounding space only.</summary>
    public byte[] Of(string address) => Keyed("address", address.Trim().ToLowerInvariant());

    /// <summary>What a request says, for the comparison behind an Idempotency-Key.</summary>
    public byte[] OfRequest(params ReadOnlySpan<string> parts) => Keyed("request", string.Join('\n', parts));

    private byte[] Keyed(string purpose, string text) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{purpose}\n{text}"));
}
