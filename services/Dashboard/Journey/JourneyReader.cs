using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Journey;

/// <summary>Asks every service for its part of a message's way.</summary>
internal sealed class JourneyReader(ControlClient control, SystemWatch watch)
{
    private const int LargestTree = 200;

    /// <summary>The message with this id, or the first one of the correlation with this id.</summary>
    public async Task<JourneyAnswer> Read(string id, CancellationToken ct)
    {
        if (!Guid.TryParse(id, out _))
            return new JourneyAnswer(null, []);

        var system = watch.View.Current;
        var holders = await Ask(service => control.Message(service, id, ct), ct);
        var candidates = holders.Answers is [] ? await Correlated(id, ct) : holders.Answers;
        if (candidates is [])
            return new JourneyAnswer(null, holders.Silent);

        var (service, message) = candidates.MinBy(candidate => candidate.Message.RecordedAt);
        var hops = Hops.InLog(service, message, system.Service(service)?.Log)
            .Concat(await Task.WhenAll(Readers(system, message).Select(reader => AskSubscription(reader.Service, reader.Subscription, message, ct))));
        return new JourneyAnswer(
            new MessageJourney(service, message, [.. hops], CauseNode.Forest(await Correlated(message.CorrelationId, ct))), holders.Silent);
    }

    private static IEnumerable<(ServiceView Service, SubscriptionStatus Subscription)> Readers(SystemView system, LogMessage message) =>
        from service in system.Services
        from subscription in service.Subscriptions
        where message.Topic is not null && subscription.Topics.Contains(message.Topic, StringComparer.Ordinal)
        select (service, subscription);

    private async Task<Hop> AskSubscription(ServiceView service, SubscriptionStatus subscription, LogMessage message, CancellationToken ct)
    {
        if (message is not { Topic: { } topic, Relayed: { } relayed } || service.Part.Condition is Condition.Down)
            return Hops.InSubscription(service, subscription, message, null);
        try
        {
            return Hops.InSubscription(service, subscription, message,
                await control.Whereabouts(service.Part.Name, subscription.Name, topic, relayed, ct));
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            var down = service with { Part = service.Part with { Condition = Condition.Down, Why = Unreachable.Why(e) } };
            return Hops.InSubscription(down, subscription, message, null);
        }
    }

    private async Task<IReadOnlyList<(string Service, LogMessage Message)>> Correlated(string id, CancellationToken ct)
    {
        var asked = await Ask(service => control.Messages(service, LargestTree, id, ct), ct);
        return [.. asked.Answers.SelectMany(answer => answer.Message.Select(message => (answer.Service, message)))];
    }

    private async Task<(IReadOnlyList<(string Service, T Message)> Answers, IReadOnlyList<string> Silent)> Ask<T>(
        Func<string, Task<T?>> question, CancellationToken ct) where T : class
    {
        var answers = await Task.WhenAll(control.Services.Select(async service =>
        {
            try
            {
                return (Service: service, Answer: await question(service), IsSilent: false);
            }
            catch (Exception e) when (Unreachable.Is(e, ct))
            {
                return (Service: service, Answer: null, IsSilent: true);
            }
        }));
        return ([.. from answer in answers where answer.Answer is not null select (answer.Service, answer.Answer)],
            [.. from answer in answers where answer.IsSilent select answer.Service]);
    }
}

/// <summary>A journey, if the message was found, and the services that could not be asked.</summary>
public sealed record JourneyAnswer(MessageJourney? Journey, IReadOnlyList<string> Silent);
