using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EventDriven.Log.Coalescing;

/// <summary>
/// The hash over all that an event says, exactly as the database's <c>log.hash_of</c> has it: SHA-256 of PostgreSQL's binary form of a
/// row (<c>record_send</c>: the number of columns, then for each its type's oid, its length in bytes, -1 for null, and the bytes).
/// </summary>
internal sealed class EventHash
{
    private const int Bytea = 17, Bigint = 20, Text = 25, Timestamptz = 1184, Uuid = 2950;
    private static readonly DateTime PostgresEpoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly ArrayBufferWriter<byte> _row = new(1024);

    public byte[] Of(in HashedEvent e)
    {
        _row.ResetWrittenCount();
        Write(16);
        Add(e.LogId);
        Add(e.Stream);
        Add(e.Version);
        Add(e.Topic);
        Add(e.Sequence);
        Add(e.Type);
        Add(e.MessageId);
        Add(e.CorrelationId);
        Add(e.CausationId);
        Add(e.TraceParent);
        Add(e.IdempotencyKey);
        Add(e.RecordedAt);
        Add(e.EffectiveAt);
        Add(e.Subject);
        Add(e.Data);
        Add(e.PreviousHash);
        return SHA256.HashData(_row.WrittenSpan);
    }

    private void Add(Guid? value)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = value is { } given && given.TryWriteBytes(bytes, bigEndian: true, out _);
        Add(Uuid, value is null, bytes);
    }

    private void Add(long? value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value ?? 0);
        Add(Bigint, value is null, bytes);
    }

    private void Add(DateTime value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (value - PostgresEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        Add(Timestamptz, isNull: false, bytes);
    }

    private void Add(string? value) => Add(Text, value is null, Encoding.UTF8.GetBytes(value ?? ""));

    private void Add(byte[] value) => Add(Bytea, isNull: false, value);

    private void Add(int type, bool isNull, ReadOnlySpan<byte> bytes)
    {
        Write(type);
        Write(isNull ? -1 : bytes.Length);
        if (!isNull)
            _row.Write(bytes);
    }

    private void Write(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        _row.Write(bytes);
    }
}

/// <summary>Gives an event its hash.</summary>
internal delegate byte[] Hashing(in HashedEvent e);

/// <summary>What the hash is over: all that the row of an event says, in the order of its columns. Times are in UTC, in whole microseconds.</summary>
internal readonly record struct HashedEvent(
    Guid LogId, string Stream, long Version, string? Topic, long? Sequence, string Type, Guid MessageId, Guid CorrelationId, Guid? CausationId,
    string? TraceParent, string? IdempotencyKey, DateTime RecordedAt, DateTime EffectiveAt, Guid? Subject, byte[] Data, byte[] PreviousHash);
