using System.Runtime.InteropServices;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions.Consuming;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>The marks that messages are presumed to meet, and the logs of their sources.</summary>
internal sealed record Presumption(IReadOnlyDictionary<MarkKey, InboxMark> Marks, IReadOnlyDictionary<string, (Guid LogId, Guid[] Former)> Sources);

/// <summary>
/// What a lane knows of its streams without asking: the marks that it moved last under the claims it has, and that a stream's first message
/// meets none. It may be wrong: the database holds the claims and moves a mark only from the revision that it was decided on.
/// </summary>
internal sealed class PresumedMarks(bool startsFromNow)
{
    private const int Most = 2_000;
    private const int AsksAfterAMistake = 100; // batches: where one stream was not as presumed, as in a replay, others will not be either

    private readonly Remembered<MarkKey, Moved> _moved = new(Most);
    private IReadOnlyDictionary<string, (Guid LogId, Guid[] Former)> _sources = new Dictionary<string, (Guid, Guid[])>();
    private int _asks;

    /// <summary>What the messages meet, where all of it is known and each of them is the next of its stream; else null, and the database is asked.</summary>
    public Presumption? Of(IReadOnlyList<Incoming> messages)
    {
        if (_asks > 0)
        {
            _asks--;
            return null;
        }
        Dictionary<MarkKey, InboxMark> met = [];
        Dictionary<MarkKey, long> accepted = new(messages.Count);
        Dictionary<string, (Guid LogId, Guid[] Former)> sources = new(StringComparer.Ordinal);
        foreach (var incoming in messages)
        {
            if (incoming.Message is not { } message || !_sources.TryGetValue(message.Source, out var log) || log.LogId != message.LogId)
                return null;
            sources[message.Source] = log;
            var key = MarkKey.Of(incoming.Claim.Partition.Topic, message);
            ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(accepted, key, out var isMet);
            if (!isMet && _moved.Of(key) is { } known)
            {
                if (known.Claim != incoming.Claim)
                    return null;
                met.Add(key, known.Mark);
                last = known.Mark.Accepted;
            }
            else if (!isMet && startsFromNow)
            {
                return null;
            }
            if (message.Sequence != ++last)
                return null;
        }
        return new(met, sources);
    }

    /// <summary>The database has told what logs the sources have.</summary>
    public void Learn(IReadOnlyDictionary<string, (Guid LogId, Guid[] Former)> sources) => _sources = sources;

    /// <summary>The mark was moved to this.</summary>
    public void Learn(MarkKey key, PartitionClaim claim, InboxMark moved)
    {
        if (moved.Blocked || moved.Waiting || moved.RewoundTo is not null)
        {
            Forget(key);
            return;
        }
        _moved.Set(key, new(claim, moved with { Revision = moved.Revision + 1 }));
    }

    /// <summary>Something was not as presumed.</summary>
    public void WasWrong(IEnumerable<MarkKey> keys)
    {
        _asks = AsksAfterAMistake;
        foreach (var key in keys)
            Forget(key);
    }

    /// <summary>The mark may have moved.</summary>
    public void Forget(MarkKey key) => _moved.Forget(key);

    private sealed record Moved(PartitionClaim Claim, InboxMark Mark);
}
