using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Journey;

/// <summary>Asks every service for its part of a message's way. Nothing is kept here: it can be told after any restart.</summary>
internal sealed class JourneyReader(ControlClient control, SystemWatch watch)
{
    private const int LargestTree = 200;
    private const int MostPassages = 40;

    /// <summary>
    /// The message with this id, else the first of the correlation with this id, else all that the entity with this id has in any log.
    /// What was settled at the last look is not asked again.
    /// </summary>
    public async Task<JourneyAnswer> Read(string id, JourneyAnswer? known, CancellationToken ct)
    {
        if (!TryRead(id, out var guid))
            return new JourneyAnswer(null, []);

        var asked = await Ask(service => control.Meant(service, guid, LargestTree, ct), ct);
        List<ListedMessage> meant = [.. asked.Answers.SelectMany(static answer => answer.Messages.Select(message => new ListedMessage(answer.Service, message))).OrderBy(static one => one.Message.RecordedAt)];
        var text = guid.ToString();
        if ((meant.Find(one => one.Message.MessageId == text) ?? meant.Find(one => one.Message.CorrelationId == text)) is not { } found)
            return new JourneyAnswer(null, asked.Silent) { Entity = meant };

        var correlated = await Ask(service => control.Messages(service, LargestTree, found.Message.CorrelationId, ct), ct);
        List<ListedMessage> all = [.. correlated.Answers.SelectMany(static answer => answer.Messages.Select(message => new ListedMessage(answer.Service, message))).OrderBy(static one => one.Message.RecordedAt)];
        var settled = known?.Journey?.Passages.Where(static passage => passage.IsSettled).ToDictionary(static passage => passage.Message.MessageId) ?? [];
        var passages = await Task.WhenAll(all.Take(MostPassages).Select(one => settled.GetValueOrDefault(one.Message.MessageId) is { } before
            ? Task.FromResult(before) : Passage(one.Service, one.Message, ct)));
        var own = Array.Find(passages, passage => passage.Message.MessageId == found.Message.MessageId) ?? await Passage(found.Service, found.Message, ct);
        var causes = CauseNode.Forest([.. all.DefaultIfEmpty(found).Select(static one => (one.Service, one.Message))]);
        return new JourneyAnswer(new MessageJourney(own.Service, own.Message, own.Hops, causes) { Passages = passages }, asked.Silent);
    }

    /// <summary>An id, alone or as it stands in the name of a stream.</summary>
    internal static bool TryRead(string text, out Guid id) =>
        Guid.TryParse(text, out id) || (text.IndexOf('-', StringComparison.Ordinal) is > 0 and var hyphen && Guid.TryParseExact(text.AsSpan(hyphen + 1), "D", out id));

    /// <summary>One message with its hops.</summary>
    public async Task<Passage> Passage(string service, LogMessage message, CancellationToken ct)
    {
        var system = watch.View.Current;
        var log = system.Service(service)?.Log;
        var source = log?.Source ?? "/" + service;
        var hops = Hops.InLog(service, message, log)
            .Concat(await Task.WhenAll(Readers(system, message).Select(reader => AskSubscription(reader.Service, reader.Subscription, source, message, ct))));
        // Not every service has subscriptions: one that was heard before it went down has said so.
        var unheard = message.Topic is null ? [] : system.Services.Where(static one => one is { IsHeard: false, Part.Condition: Condition.Down });
        return new Passage(service, message, [.. hops, .. unheard.Select(Hops.InUnheard)]);
    }

    private static IEnumerable<(ServiceView Service, SubscriptionStatus Subscription)> Readers(SystemView system, LogMessage message) =>
        from service in system.Services
        from subscription in service.Subscriptions
        where message.Topic is not null && subscription.Topics.Contains(message.Topic, StringComparer.Ordinal)
        select (service, subscription);

    private async Task<Hop> AskSubscription(ServiceView service, SubscriptionStatus subscription, string source, LogMessage message, CancellationToken ct)
    {
        if (message.Relayed is null || service.Part.Condition is Condition.Down)
            return Hops.InSubscription(service, subscription, message, null);
        try
        {
            return Hops.InSubscription(service, subscription, message, await control.Whereabouts(service.Part.Name, subscription.Name, source, message, ct));
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            var down = service with { Part = service.Part with { Condition = Condition.Down, Why = Unreachable.Why(e) } };
            return Hops.InSubscription(down, subscription, message, null);
        }
    }

    private async Task<(IReadOnlyList<(string Service, LogMessage[] Messages)> Answers, IReadOnlyList<string> Silent)> Ask(
        Func<string, Task<LogMessage[]?>> question, CancellationToken ct)
    {
        var answers = await Task.WhenAll(control.Services.Select(async service =>
        {
            try
            {
                return (Service: service, Answer: await question(service) ?? [], IsSilent: false);
            }
            catch (Exception e) when (Unreachable.Is(e, ct))
            {
                return (Service: service, Answer: [], IsSilent: true);
            }
        }));
        return ([.. from answer in answers where !answer.IsSilent select (answer.Service, answer.Answer)],
            [.. from answer in answers where answer.IsSilent select answer.Service]);
    }
}

/// <summary>A journey, if a message was found, and the services that could not be asked.</summary>
public sealed record JourneyAnswer(MessageJourney? Journey, IReadOnlyList<string> Silent)
{
    /// <summary>All messages of the entity that the id names, when it is no message's.</summary>
    public IReadOnlyList<ListedMessage> Entity { get; init; } = [];
}
