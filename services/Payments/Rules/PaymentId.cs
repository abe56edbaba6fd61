using System.Security.Cryptography;

namespace EventDriven.Payments.Rules;

/// <summary>
/// The id of an order's payment follows from the order's: there is one payment for one order, whoever asks and however often. It is a
/// UUIDv7 with the order's time in it.
/// </summary>
public static class PaymentId
{
    private const int TimeBytes = 6, VersionByte = 6, VariantByte = 8;

    public static Guid Of(Guid orderId)
    {
        Span<byte> order = stackalloc byte[16], id = stackalloc byte[SHA256.HashSizeInBytes];
        orderId.TryWriteBytes(order, bigEndian: true, out _);
        SHA256.HashData([.. "payment of order "u8, .. order], id);
        order[..TimeBytes].CopyTo(id);
        id[VersionByte] = (byte)((id[VersionByte] & 0x0f) | 0x70);
        id[VariantByte] = (byte)((id[VariantByte] & 0x3f) | 0x80);
        return new Guid(id[..16], bigEndian: true);
    }
}
