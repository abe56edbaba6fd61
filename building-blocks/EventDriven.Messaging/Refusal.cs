using Confluent.Kafka;

namespace EventDriven.Messaging;

/// <summary>What a broker's refusal means, for somebody who is to do something about it: the broker names no right, and not always what it is for.</summary>
internal static class Refusal
{
    public static string OfReading(string subscription, KafkaException refused) => refused.Error.Code switch
    {
        ErrorCode.TopicAuthorizationFailed when refused is ConsumeException { ConsumerRecord.Topic: { } topic } =>
            $"{refused.Message}: the account lacks the right Read on topic {topic}",
        ErrorCode.GroupAuthorizationFailed => $"{refused.Message}: the account lacks the right Read on group {subscription}",
        _ => refused.Message,
    };

    /// <summary>An account that may write nowhere is not let in as a producer at all; null where it is something else.</summary>
    public static string? OfProducing(Error error) => error.Code is ErrorCode.ClusterAuthorizationFailed
        ? $"{error.Reason}: the account has the right Write on no topic"
        : null;

    public static string OfWriting(string topic, Error error) => error.Code is ErrorCode.TopicAuthorizationFailed
        ? $"{error.Reason}: the account lacks the right Write on topic {topic}"
        : error.Reason;
}
