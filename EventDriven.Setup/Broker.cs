using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventDriven.Contracts;

namespace EventDriven.Setup;

/// <summary>
/// Makes the topics where the broker lets it, and sees to it that each is there before a service starts. Where it is told to, it gives each
/// service's account its rights.
/// </summary>
internal static class Broker
{
    private const string Dashboard = "dashboard";
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);

    // It shows every topic, and how far each group is.
    private static readonly AclBinding[] OfDashboard = [Allow(Dashboard, ResourceType.Topic, "*", AclOperation.Read), Allow(Dashboard, ResourceType.Group, "*", AclOperation.Describe)];

    /// <param name="producer">A client with the right to do it.</param>
    /// <param name="grantsRights">Whether the broker keeps access control lists, which then allow what stands in <see cref="Rights"/>; what somebody else has allowed stays.</param>
    public static async Task Prepare(IProducer<Null, byte[]> producer, bool grantsRights)
    {
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        var missing = Topics.All.Where(topic => !Exists(admin, topic)).ToArray();
        var refusal = missing.Length > 0 ? await Make(admin, missing) : null;
        if (missing.Length > 0)
            SpinWait.SpinUntil(() => missing.All(topic => Exists(admin, topic)), AnswersWithin); // a broker that has made a topic tells so a moment later
        if (Array.Find(missing, topic => !Exists(admin, topic)) is { } still)
            throw new InvalidOperationException($"Topic {still} is missing and the broker did not let Setup make it ({refusal ?? "without saying why"}). Make it with {Topics.Partitions} partitions and start again.");
        if (grantsRights)
            await admin.CreateAclsAsync(Rights.All.SelectMany(Bindings).Concat(OfDashboard));
    }

    /// <summary>On the in-memory broker, asking for a topic makes it.</summary>
    private static bool Exists(IAdminClient admin, string topic)
    {
        var metadata = admin.GetMetadata(topic, AnswersWithin).Topics.Single();
        return metadata.Error.Code == ErrorCode.NoError && metadata.Partitions.Count > 0;
    }

    /// <returns>Why the broker makes none; null when it does.</returns>
    private static async Task<string?> Make(IAdminClient admin, string[] topics)
    {
        try
        {
            await admin.CreateTopicsAsync(topics.Select(topic => new TopicSpecification
            {
                Name = topic,
                NumPartitions = Topics.Partitions,
                ReplicationFactor = -1, // the broker's default
                Configs = new() { ["retention.ms"] = ((long)Topics.Retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) },
            }));
            return null;
        }
        catch (CreateTopicsException refused) when (refused.Results.All(r => r.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            return null; // another run of Setup was first
        }
        catch (CreateTopicsException refused)
        {
            return refused.Results.First(r => r.Error.Code is not (ErrorCode.NoError or ErrorCode.TopicAlreadyExists)).Error.Reason;
        }
        catch (KafkaException refused)
        {
            return refused.Error.Reason;
        }
    }

    private static IEnumerable<AclBinding> Bindings(Rights rights) =>
    [
        .. rights.Writes.Select(topic => Allow(rights.Service, ResourceType.Topic, topic, AclOperation.Write)),
        .. rights.Reads.Select(topic => Allow(rights.Service, ResourceType.Topic, topic, AclOperation.Read)),
        .. rights.Reads.Take(1).Select(_ => Allow(rights.Service, ResourceType.Group, rights.Service, AclOperation.Read)),
    ];

    private static AclBinding Allow(string account, ResourceType type, string name, AclOperation operation) => new()
    {
        Pattern = new() { Type = type, Name = name, ResourcePatternType = ResourcePatternType.Literal },
        Entry = new() { Principal = $"User:{account}", Host = "*", Operation = operation, PermissionType = AclPermissionType.Allow },
    };
}
