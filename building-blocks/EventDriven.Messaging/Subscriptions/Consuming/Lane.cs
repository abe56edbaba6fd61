using System.Threading.Channels;
using EventDriven.Log;
using EventDriven.Messaging.Subscriptions.Failure;
using EventDriven.Messaging.Subscriptions.Inbox;
using Microsoft.Extensions.Logging;

namespace EventDriven.Messaging.Subscriptions.Consuming;

/// <summary>
/// Works on the messages of some streams, in order, in batches of what has come meanwhile. A message that fails is set aside and the
/// others go on; only while something that all of them need is down does the lane wait.
/// </summary>
internal sealed partial class Lane(string name, InboxBatch inbox, Breaker breaker, int batchSize, Troubles troubles, TimeProvider clock, ILogger logger)
{
    private const int UsualRaces = 3; // two transactions that meet are no trouble; that they meet again and again is
    private const int MostRaces = 10; // then something is wrong with the message, and it counts as its failure
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Channel<LaneWork> _work = Channel.CreateUnbounded<LaneWork>(new() { SingleReader = true });

    /// <summary>Called with what each transaction leaves to be looked at.</summary>
    public required Action<InboxOutcome> Follow { get; init; }

    public void Add(LaneWork work) => _work.Writer.TryWrite(work);

    public async Task Run(CancellationToken ct)
    {
        List<Incoming> batch = new(batchSize);
        while (await _work.Reader.WaitToReadAsync(ct))
        {
            while (batch.Count < batchSize && _work.Reader.TryRead(out var work))
            {
                if (work is Incoming incoming && !inbox.HasOutsideEffect(incoming))
                {
                    batch.Add(incoming);
                    continue;
                }
                await TakeUntilDone(batch, ct);
                batch.Clear();
                await (work is KeyDue due ? Resume(due, ct) : TakeUntilDone([(Incoming)work], ct));
            }
            await TakeUntilDone(batch, ct);
            batch.Clear();
        }
    }

    private async Task TakeUntilDone(IReadOnlyList<Incoming> messages, CancellationToken ct)
    {
        Exception? failed = null;
        for (var tries = 1; ; tries++)
        {
            messages = [.. messages.Where(m => !m.Claim.Revoked)];
            if (messages.Count == 0)
                return;
            var now = breaker.IsOpen ? [Probe(messages, tries)] : messages;
            try
            {
                Follow(await inbox.Take(now, failed, ct));
                foreach (var message in now)
                    message.Done();
                troubles.Clear(name);
                if (now.Count == messages.Count)
                    return;
                messages = [.. messages.Where(m => !ReferenceEquals(m, now[0]))]; // it was a probe
                (tries, failed) = (0, null);
            }
            catch (ClaimLostException)
            {
                foreach (var claim in now.Select(m => m.Claim).Distinct())
                    claim.Lose(); // the new owner handles them
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                var kind = Failures.Of(failure);
                if (now.Count > 1 && kind is not FailureKind.Outage)
                {
                    foreach (var message in now)
                        await TakeUntilDone([message], ct); // so that each goes through or fails for itself
                    return;
                }
                if (kind is not (FailureKind.Outage or FailureKind.Race) || kind is FailureKind.Race && tries >= MostRaces)
                {
                    if (failed is null)
                        failed = failure;
                    else if (now[0] is { Message: not null, Raw: not null } unstorable && Failures.IsOfItsBytes(failure))
                        (messages, failed) = ([.. messages.Select(m => ReferenceEquals(m, unstorable) ? m.Unattributed(failure.Message) : m)], null);
                    else
                        throw; // not even setting it aside goes through
                    continue;
                }
                if (kind is FailureKind.Outage || tries > UsualRaces)
                {
                    troubles.Report(name, failure.Message);
                    Waits(name, now.Count, tries, failure);
                }
                await Pause(tries, ct);
            }
        }
    }

    /// <summary>While the breaker is open: the first message of one stream, another one each time.</summary>
    private static Incoming Probe(IReadOnlyList<Incoming> messages, int tries)
    {
        var firsts = messages.DistinctBy(m => m.Message?.Stream).ToArray();
        return firsts[tries % firsts.Length];
    }

    /// <summary>Tried once: where it does not get to run, the database still says that it is due.</summary>
    private async Task Resume(KeyDue due, CancellationToken ct)
    {
        Exception? failed = null;
        while (!due.Claim.Revoked)
        {
            try
            {
                Follow(await inbox.Resume(due, failed, ct));
                return;
            }
            catch (ClaimLostException)
            {
                due.Claim.Lose();
            }
            catch (Exception failure) when (!ct.IsCancellationRequested && Failures.Of(failure) is FailureKind.Outage or FailureKind.Race)
            {
                Waits(name, 1, 1, failure);
                return;
            }
            catch (Exception failure) when (!ct.IsCancellationRequested && failed is null)
            {
                failed = failure;
            }
        }
    }

    private Task Pause(int tries, CancellationToken ct)
    {
        var pause = RetryPolicy.DelayAfter(tries);
        return Task.Delay(pause < LongestPause ? pause : LongestPause, clock, ct);
    }

    [LoggerMessage(LogLevel.Warning, "{Lane} waits with {Messages} messages after try {Tries} and goes on by itself")]
    private partial void Waits(string lane, int messages, int tries, Exception failure);
}
