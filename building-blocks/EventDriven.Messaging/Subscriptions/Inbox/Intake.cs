using EventDriven.Messaging.Subscriptions.Consuming;

namespace EventDriven.Messaging.Subscriptions.Inbox;

/// <summary>Takes in messages that came from the topic or by backfill, as their streams' marks say.</summary>
internal sealed class Intake(InboxParts inbox, InboxTransaction transaction, Handling handling, InboxOutcome outcome)
{
    public async Task Take(Incoming incoming, CancellationToken ct)
    {
        if (incoming.Message is not { } message)
        {
            transaction.Queue.Add(inbox.Statements.Quarantine(incoming));
            outcome.Quarantined.Add(incoming);
            return;
        }
        var log = transaction.LogOf(message);
        if (message.LogId == Guid.Empty)
            message = message with { LogId = log.LogId }; // from somewhere that has no log
        var candidate = new ParkedMessage(message, incoming.Claim.Partition.Topic, incoming.Claim.Partition.Partition.Value, incoming.Offset, ParkedState.Waiting);
        if (message.LogId != log.LogId && !log.Former.Contains(message.LogId))
        {
            transaction.SetAside(candidate with { Cause = $"{message.Source} has a new log: it was restored, and an operator must accept it" });
            return;
        }

        if (inbox.Subscription.StartsFromNow && incoming.Offset is null && message.Time < incoming.Claim.BeganOn && !transaction.Marks.ContainsKey(candidate.Key))
            return; // its sender still holds it, but it is from before 'now'
        var mark = (transaction.Marks.GetValueOrDefault(candidate.Key) ?? InboxMark.Unmet(message, inbox.Subscription.StartsFromNow)).Met(message);
        var judgement = mark.Judge(message);
        if (message.LogId != log.LogId && candidate.Offset is not null && judgement is not Judgement.Duplicate)
        {
            transaction.SetAside(candidate with { Cause = $"comes from before the restore of {message.Source}, which is asked whether it still holds it" });
            return;
        }
        switch (judgement)
        {
            case Judgement.Next:
                transaction.Move(candidate.Key, await handling.Run(candidate, mark, isParked: false, ct));
                break;
            case Judgement.Behind:
                transaction.SetAside(candidate with { State = ParkedState.Parked });
                transaction.Move(candidate.Key, mark.Accept(message));
                break;
            case Judgement.Gap:
                transaction.SetAside(candidate with { Cause = $"waits for {mark.Accepted + 1}" });
                transaction.Move(candidate.Key, mark with { Waiting = true });
                outcome.Gaps.Add((candidate.Key, mark.Accepted + 1, message.Sequence));
                break;
            case Judgement.OtherMessage:
                outcome.OtherMessages.Add((candidate.Key, message.Sequence, message.MessageId));
                break;
        }
    }
}
