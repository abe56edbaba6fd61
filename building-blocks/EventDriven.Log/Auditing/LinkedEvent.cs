using EventDriven.Log.Coalescing;
using Npgsql;

namespace EventDriven.Log.Auditing;

/// <summary>An event as it is stored now, with what is stored around it.</summary>
/// <param name="Content">What its hash should be over.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="BeforeHash">The hash of the event before it in its stream; null where there is none.</param>
/// <param name="HasNext">Whether there is one after it.</param>
/// <param name="HeadVersion">The version that its stream's head says; null where there is no head.</param>
/// <param name="HeadHash">The hash that its stream's head says.</param>
internal sealed record LinkedEvent(HashedEvent Content, byte[] Hash, byte[]? BeforeHash, bool HasNext, long? HeadVersion, byte[]? HeadHash)
{
    public const string Columns = """
        log_id, stream, version, topic, sequence, type, message_id, correlation_id, causation_id, traceparent, idempotency_key,
        recorded_at, effective_at, subject, data, previous_hash, hash, before_hash, has_next, head_version, head_hash
        """;

    /// <summary>Reads one from its first column on; null where the event is gone.</summary>
    public static LinkedEvent? Read(NpgsqlDataReader row, int first)
    {
        return row.IsDBNull(first) ? null : new(
            new(row.GetGuid(first), row.GetString(first + 1), row.GetInt64(first + 2), Text(3), Number(4), row.GetString(first + 5), row.GetGuid(first + 6),
                row.GetGuid(first + 7), Id(8), Text(9), Text(10), row.GetDateTime(first + 11), row.GetDateTime(first + 12), Id(13),
                row.GetFieldValue<byte[]>(first + 14), row.GetFieldValue<byte[]>(first + 15)),
            row.GetFieldValue<byte[]>(first + 16), Bytes(17), row.GetBoolean(first + 18), Number(19), Bytes(20));

        string? Text(int column) => row.IsDBNull(first + column) ? null : row.GetString(first + column);
        long? Number(int column) => row.IsDBNull(first + column) ? null : row.GetInt64(first + column);
        Guid? Id(int column) => row.IsDBNull(first + column) ? null : row.GetGuid(first + column);
        byte[]? Bytes(int column) => row.IsDBNull(first + column) ? null : row.GetFieldValue<byte[]>(first + column);
    }

    /// <summary>What is wrong with it, with its place in its stream, and with the stream after it.</summary>
    public IEnumerable<Finding> Verify(EventHash hash)
    {
        var (stream, version) = (Content.Stream, Content.Version);
        if (!hash.Of(Content).AsSpan().SequenceEqual(Hash))
            yield return Finding.Of(FindingKind.Changed, stream, version, "the event is not what its hash was made of");
        if (version > 0 && BeforeHash is null)
            yield return Finding.Of(FindingKind.Missing, stream, version - 1, $"the event is gone; version {version} follows it");
        else if (!Content.PreviousHash.AsSpan().SequenceEqual(BeforeHash ?? []))
            yield return Finding.Of(FindingKind.Unlinked, stream, version, "the hash it was chained to is not that of the event before it: one of the two was written anew");

        if (HeadVersion is null)
            yield return Finding.Of(FindingKind.Head, stream, version, "the stream has no head");
        else if (version > HeadVersion)
            yield return Finding.Of(FindingKind.Head, stream, version, $"the stream's head is at version {HeadVersion}, before this event");
        else if (version == HeadVersion && !Hash.AsSpan().SequenceEqual(HeadHash))
            yield return Finding.Of(FindingKind.Head, stream, version, "the stream's newest event is not the one that its head says");
        else if (version < HeadVersion && !HasNext)
            yield return Finding.Of(FindingKind.Missing, stream, version + 1, $"the event is gone; the stream's head is at version {HeadVersion}");
    }
}
