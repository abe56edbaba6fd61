using System.Buffers.Binary;
using System.Security.Cryptography;
using Npgsql;

namespace EventDriven.Log.Auditing;

/// <summary>
/// The whole log up to a position in one hash: SHA-256 over the hash before it, the position (8 bytes, big-endian) and the event's hash, from
/// an empty one on. So it can be gone on from, and whatever is changed, removed or moved before it changes it.
/// </summary>
/// <param name="Position">The last position that it covers.</param>
/// <param name="Count">How many events it covers: as many as positions, as long as nothing is missing.</param>
/// <param name="Hash">The hash.</param>
internal sealed record Anchor(long Position, long Count, byte[] Hash)
{
    public static Anchor None { get; } = new(0, 0, []);

    public Anchor With(long position, byte[] eventHash)
    {
        Span<byte> place = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(place, position);
        return new(position, Count + 1, SHA256.HashData([.. Hash, .. place, .. eventHash]));
    }

    public bool Says(Anchor other) => Count == other.Count && Hash.AsSpan().SequenceEqual(other.Hash);

    public static Anchor Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(2));
}
