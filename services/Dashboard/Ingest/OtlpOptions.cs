using System.Security.Cryptography;
using System.Text;

namespace EventDriven.Dashboard.Ingest;

/// <summary>Where telemetry comes in, and the key without which it does not.</summary>
internal sealed class OtlpOptions
{
    public const string Header = "x-otlp-api-key";

    /// <value>The key that every exporter sends; without one, nothing is taken.</value>
    public string Key { get; set; } = "";

    public int GrpcPort { get; set; }

    public int HttpPort { get; set; }

    public bool Is(string? key) => Key.Length > 0 && CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(key ?? "")), SHA256.HashData(Encoding.UTF8.GetBytes(Key)));

    public bool IsOtlp(int port) => port > 0 && (port == GrpcPort || port == HttpPort);
}
