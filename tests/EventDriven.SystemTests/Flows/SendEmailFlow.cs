using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>The command that Email obeys, sent by somebody else than our own services.</summary>
public abstract class SendEmailFlow(RunningSystem system) : FlowTest(system)
{
    private readonly Customers _customers = new(system);

    [Fact]
    public async Task A_mail_with_a_template_that_is_not_there_is_refused_and_not_tried_again_whether_its_user_is_known_or_not()
    {
        var known = await _customers.SignUp();
        await Eventually.Get(() => _customers.Mails(known), m => m.Count == 2, "two mails");

        foreach (var user in (Guid[])[known, Guid.CreateVersion7()])
        {
            var sent = await Send(user, "no-such-template");
            var path = $"/control/subscriptions/email/messages?topic=email.commands&partition={sent.Partition.Value}&offset={sent.Offset.Value}";
            var became = await Eventually.Get(() => _customers.ControlGet("email", path), m => m!["state"]!.GetValue<string>() != "waiting", "it was taken in");
            Assert.Equal(("refused", "There is no mail template 'no-such-template'."), (became!["state"]!.GetValue<string>(), became["reason"]!.GetValue<string>()));
        }
        Assert.Equal(2, (await _customers.Mails(known)).Count);
    }

    private async Task<DeliveryResult<string, byte[]>> Send(Guid user, string template)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Running.Kafka }).Build();
        Headers headers = [];
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["ce_id"] = Guid.CreateVersion7().ToString(),
            ["ce_source"] = "/a-test",
            ["ce_type"] = "email.send-email.v1",
            ["ce_subject"] = $"mail-{user}",
            ["ce_sequence"] = "0000000000000000001",
            ["ce_logid"] = Guid.Empty.ToString(),
        })
            headers.Add(name, Encoding.UTF8.GetBytes(value));
        var data = JsonSerializer.SerializeToUtf8Bytes(new { userId = user, template, values = new { } });
        return await producer.ProduceAsync("email.commands", new() { Key = $"mail-{user}", Value = data, Headers = headers }, Ct);
    }
}

[Collection("in-memory broker")]
public sealed class SendEmailFlow_on_the_in_memory_broker(InMemorySystem system) : SendEmailFlow(system);

[Collection("broker at hand")]
public sealed class SendEmailFlow_on_Apache_Kafka(BrokerAtHand system) : SendEmailFlow(system);
