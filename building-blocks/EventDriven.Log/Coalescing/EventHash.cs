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

    public byte[] Of(Guid logId, ChainedEvent chained)
    {
        var (row, e) = (chained.Row, chained);
        _row.ResetWrittenCount();
        Write(16);
        Add(logId);
        Add(e.Stream);
        Add(e.Version);
        Add(row.Type.Topic);
        Add(e.Sequence);
        Add(row.Type.Name);
        Add(row.Event.MessageId);
        Add(row.Cause.CorrelationId);
        Add(row.Cause.CausationId);
        Add(row.Cause.TraceParent);
        Add(row.Event.IdempotencyKey);
        Add(e.RecordedAt);
        Add(e.EffectiveAt);
        Add(row.Event.Subject);
        Add(row.Data);
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
