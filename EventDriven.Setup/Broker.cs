using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventDriven.Contracts;

namespace EventDriven.Setup;

/// <summary>Makes the topics where the broker lets it, and sees to it that each is there before a service starts.</summary>
internal static class Broker
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);

    public static async Task Prepare(IProducer<Null, byte[]> producer)
    {
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        var missing = Topics.All.Where(topic => !Exists(admin, topic)).ToArray();
        if (missing.Length > 0)
            await Make(admin, missing);
        // A broker that has made a topic tells so a moment later.
        if (!SpinWait.SpinUntil(() => missing.All(topic => Exists(admin, topic)), AnswersWithin) && Array.Find(missing, topic => !Exists(admin, topic)) is { } still)
            throw new InvalidOperationException($"Topic {still} is missing and the broker did not let Setup make it. Make it with {Topics.Partitions} partitions and start again.");
    }

    /// <summary>On the in-memory broker, asking for a topic makes it.</summary>
    private static bool Exists(IAdminClient admin, string topic)
    {
        var metadata = admin.GetMetadata(topic, AnswersWithin).Topics.Single();
        return metadata.Error.Code == ErrorCode.NoError && metadata.Partitions.Count > 0;
    }

    private static async Task Make(IAdminClient admin, string[] topics)
    {
        try
        {
            await admin.CreateTopicsAsync(topics.Select(topic => new TopicSpecification
            {
                Name = topic,
                NumPartitions = Topics.Partitions,
                ReplicationFactor = -1, // the broker's default
                Configs = new() { ["retention.ms"] = ((long)Topics.Retention.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture) },
            }));
        }
        catch (CreateTopicsException refused) when (refused.Results.All(r => r.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            // another run of Setup was first
        }
    }
}
