using System.Threading.Channels;
using EventDriven.Log;
using EventDriven.Log.Database;
using Microsoft.Extensions.Logging;

namespace EventDriven.Messaging.Subscriptions;

/// <summary>
/// Works on the messages of some keys, in order, in batches of what has come meanwhile. A failing message is tried again with backoff
/// until it goes through; the lane waits behind it.
/// </summary>
internal sealed partial class Lane(string name, InboxBatch inbox, int batchSize, Troubles troubles, TimeProvider clock, ILogger logger)
{
    private const int UsualRaces = 3; // two transactions that meet are no trouble; that they meet again and again is

    private readonly Channel<Incoming> _incoming = Channel.CreateUnbounded<Incoming>(new() { SingleReader = true, SingleWriter = true });

    public void Add(Incoming incoming) => _incoming.Writer.TryWrite(incoming);

    public async Task Run(CancellationToken ct)
    {
        List<Incoming> batch = new(batchSize);
        while (await _incoming.Reader.WaitToReadAsync(ct))
        {
            while (batch.Count < batchSize && _incoming.Reader.TryRead(out var incoming))
            {
                if (!inbox.HasOutsideEffect(incoming))
                {
                    batch.Add(incoming);
                    continue;
                }
                await HandleUntilDone(batch, ct);
                await HandleUntilDone([incoming], ct);
                batch.Clear();
            }
            await HandleUntilDone(batch, ct);
            batch.Clear();
        }
    }

    private async Task HandleUntilDone(IReadOnlyList<Incoming> messages, CancellationToken ct)
    {
        for (int attempts = 1, tries = 1; ; tries++)
        {
            messages = [.. messages.Where(m => !m.Claim.Revoked)];
            if (messages.Count == 0)
                return;
            try
            {
                await inbox.Handle(messages, attempts, ct);
                foreach (var message in messages)
                    message.Claim.Done(message.Offset);
                troubles.Clear(name);
                return;
            }
            catch (ClaimLostException)
            {
                foreach (var claim in messages.Select(m => m.Claim).Distinct())
                    claim.Revoked = true; // the new owner handles them
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                var notItsFault = PostgresSession.IsOutage(failure) || failure is DependencyUnavailableException;
                if (messages.Count > 1 && !notItsFault)
                {
                    foreach (var message in messages)
                        await HandleUntilDone([message], ct); // so that each goes through or fails for itself
                    return;
                }
                var isRace = PostgresSession.IsRace(failure);
                if (!notItsFault && !isRace)
                    attempts++;
                if (!isRace || tries > UsualRaces)
                {
                    troubles.Report(name, failure.Message);
                    TriesAgain(name, messages[0].Claim.Partition.Topic, messages[0].Claim.Partition.Partition.Value, messages[0].Offset, tries, failure);
                }
                await Task.Delay(RetryPolicy.DelayAfter(tries), clock, ct);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Lane} tries {Topic} [{Partition}] @{Offset} again after try {Tries}")]
    private partial void TriesAgain(string lane, string topic, int partition, long offset, int tries, Exception failure);
}
