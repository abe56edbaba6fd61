using System.Text;
using Confluent.Kafka;
using EventDriven.Contracts;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>The documents that the services serve are held against what they really send.</summary>
[Collection("broker at hand")]
public sealed class AsyncApiFlow(BrokerAtHand system) : FlowTest(system)
{
    protected override bool IsRepeated => false;

    private const int SignUps = 3;
    private readonly Customers _customers = new(system);
    private readonly Bank _bank = new(system);
    private readonly Shop _shop = new(system);

    // A log is anchored once its sweep has come to its head, which takes its time on a machine that is busy.
    private static readonly TimeSpan AnchorsWithin = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task What_flows_is_what_the_documents_say_and_what_they_say_flows()
    {
        var catalogue = await AsyncApiCatalogue.Of(Running, Ct);
        var declared = catalogue.Names("send");
        declared.Remove("insights.log-anchored.v1"); // it says nothing of its own, so there is nothing to anchor
        Assert.NotEmpty(declared);
        Assert.Subset(declared, catalogue.Names("receive"));

        using var topics = ReadFromNow();
        await Flow();
        List<ConsumeResult<string, byte[]>> messages = [];
        await Eventually.See(() =>
        {
            if (topics.Consume(TimeSpan.FromMilliseconds(100)) is { } message)
                messages.Add(message);
            return (Mails: messages.Count(m => TypeOf(m) == "email.email-sent.v1"), Missing: string.Join(", ", declared.Except(messages.Select(TypeOf))));
        }, seen => seen.Missing.Length == 0 && seen.Mails >= 2 * SignUps, $"each declared message flows; a new contract gets a step in {nameof(Flow)}", AnchorsWithin);

        foreach (var message in messages)
            Assert.Empty(await catalogue.Problems(message.Topic, message.Message));
        foreach (var message in messages.DistinctBy(TypeOf))
            await AssertThatEachFaultIsFound(catalogue, message.Topic, message.Message);
    }

    /// <summary>Makes each declared message flow at least once.</summary>
    private async Task Flow()
    {
        Guid user = default;
        for (var i = 0; i < SignUps; i++)
        {
            user = await _customers.SignUp();
            await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 2, "two mails");
        }
        using var signup = Running.Client("signup");
        using var forgotten = await signup.DeleteAsync(new Uri($"/users/{user}", UriKind.Relative), Ct);
        Assert.True(forgotten.IsSuccessStatusCode);

        var account = await _bank.OpenWith(100);
        foreach (var total in (long[])[40, 1_000]) // the second is rejected
            await _shop.PlaceAtLast(Shop.Order(Guid.CreateVersion7(), account, total), Bank.NewKey());
        await _shop.Pay(Guid.CreateVersion7(), account, 1); // for an order that will never be placed: fulfilment stalls
        var other = await _bank.Open();
        await _bank.Transfer(account, other, 1);
        await _bank.Transfer(other, account, 2); // refused
        await _bank.Withdraw(account, 58);
        foreach (var verb in (string[])["freeze", "unfreeze", "close"])
            await _bank.Do(account, verb);
    }

    private static async Task AssertThatEachFaultIsFound(AsyncApiCatalogue catalogue, string topic, Message<string, byte[]> good)
    {
        await AssertFound("another topic", "elsewhere.events", _ => { });
        await AssertFound("no payload", topic, m => m.Value = "{}"u8.ToArray());
        await AssertFound("a payload of another type", topic, m => m.Value = "[]"u8.ToArray());
        await AssertFound("another key", topic, m => m.Key = "ada@example.com");
        await AssertFound("an undeclared type", topic, m => Replace(m, "ce_type", "nobody.knows.v1"));
        await AssertFound("another sender", topic, m => Replace(m, "ce_source", "/traffic"));
        await AssertFound("an undeclared header", topic, m => Replace(m, "ce_name", "Ada"));
        await AssertFound("a short sequence", topic, m => Replace(m, "ce_sequence", "7"));
        foreach (var required in (string[])["ce_specversion", "ce_id", "ce_source", "ce_time", "ce_subject", "ce_logid", "ce_correlationid", "content-type"])
            await AssertFound($"no {required}", topic, m => m.Headers.Remove(required));

        async Task AssertFound(string fault, string onTopic, Action<Message<string, byte[]>> spoil)
        {
            var copy = new Message<string, byte[]> { Key = good.Key, Value = good.Value, Headers = [] };
            foreach (var header in good.Headers)
                copy.Headers.Add(header.Key, header.GetValueBytes());
            spoil(copy);
            Assert.True((await catalogue.Problems(onTopic, copy)).Count > 0, $"{fault} is found");
        }
    }

    private static void Replace(Message<string, byte[]> message, string header, string value)
    {
        message.Headers.Remove(header);
        message.Headers.Add(header, Encoding.UTF8.GetBytes(value));
    }

    private static string TypeOf(ConsumeResult<string, byte[]> message) => Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes("ce_type"));

    /// <summary>Each partition from its end on: what other tests have sent is theirs.</summary>
    private IConsumer<string, byte[]> ReadFromNow()
    {
        var settings = new ConsumerConfig { BootstrapServers = Running.Kafka, GroupId = $"test-{Guid.CreateVersion7():N}", EnableAutoCommit = false, FetchWaitMaxMs = 10 };
        var consumer = new ConsumerBuilder<string, byte[]>(settings).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = Topics.All.SelectMany(topic => admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Select(p => new TopicPartition(topic, p.PartitionId)));
        consumer.Assign([.. partitions.Select(p => new TopicPartitionOffset(p, consumer.QueryWatermarkOffsets(p, TimeSpan.FromSeconds(10)).High))]);
        return consumer;
    }
}
