using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventDriven.Contracts;
using EventDriven.SystemTests.Flows;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Security;

/// <summary>The services with accounts that may do what their contracts say, and nothing else.</summary>
[Collection("secured Apache Kafka")]
public sealed class BrokerAccountsFlow(SecuredSystem system) : FlowTest(system)
{
    private readonly Customers _customers = new(system);
    private readonly Bank _bank = new(system);
    private readonly Shop _shop = new(system);

    public static TheoryData<string> Accounts => [.. Rights.All.Select(r => r.Service)];

    [Fact]
    public async Task Each_service_has_the_rights_that_it_needs()
    {
        var user = await _customers.SignUp();
        var account = await _bank.OpenWith(1_000);
        var placed = await _shop.PlaceAtLast(Shop.Order(user, account, 400), Bank.NewKey());
        await _shop.AssertAllAgree(placed.Body!["orderId"]!.GetValue<Guid>(), account, 1_000);
        await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 4, "four mails", TimeSpan.FromSeconds(60));
        foreach (var (service, _, _) in Rights.All)
        {
            using var client = Running.Client(service);
            await Eventually.Get(() => client.GetStringAsync("/health", Ct), health => JsonNode.Parse(health)!["status"]!.GetValue<string>() == "Healthy", $"{service} is healthy");
        }
    }

    [Fact]
    public async Task The_rights_are_what_the_services_say_that_they_send_and_receive()
    {
        foreach (var (service, writes, reads) in Rights.All)
        {
            using var client = Running.Client(service);
            var document = (await client.GetFromJsonAsync<JsonNode>("/asyncapi/v3.json", Ct))!;
            Assert.Equal(Addresses(document, "receive"), reads.Order(StringComparer.Ordinal));
            Assert.Subset(writes.ToHashSet(StringComparer.Ordinal), Addresses(document, "send").ToHashSet(StringComparer.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Accounts))]
    public async Task An_account_may_write_and_read_what_its_rights_say_and_nothing_else(string account)
    {
        var rights = Rights.All.Single(r => r.Service == account);
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig
        {
            BootstrapServers = Secured.Secured,
            SecurityProtocol = SecurityProtocol.SaslSsl,
            SaslMechanism = SaslMechanism.Plain,
            SaslUsername = account,
            SaslPassword = SecuredSystem.PasswordOf(account),
            SslCaLocation = Secured.Authority,
        }).Build();
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        var topics = await Describe(admin);
        Assert.Equal(rights.Writes.Order(StringComparer.Ordinal), Allowing(topics, AclOperation.Write));
        Assert.Equal(rights.Reads.Order(StringComparer.Ordinal), Allowing(topics, AclOperation.Read));

        var elsewhere = Topics.All.First(topic => !rights.Writes.Contains(topic));
        var refused = await Assert.ThrowsAsync<ProduceException<string, byte[]>>(() => producer.ProduceAsync(elsewhere, new() { Key = "thing-1", Value = [] }, Ct));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, refused.Error.Code);
    }

    [Fact]
    public async Task The_dashboard_reads_topics_and_accounts_with_rights_of_its_own()
    {
        var user = await _customers.SignUp();
        var account = await _bank.OpenWith(1_000);
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/topics/signup.events?key=" + user);
        await dashboard.Sees("partition-0");
        await dashboard.FindsOnTopic($"user-{user}");
        await dashboard.Go($"/time/{account}");
        await dashboard.Says("balance", "1,000 EUR");
        await dashboard.Go("/services");
        await dashboard.Has("service-traffic", "data-condition", "up");
    }

    private SecuredSystem Secured => (SecuredSystem)Running;

    /// <summary>What the broker says that this account may do with each topic.</summary>
    private static async Task<IReadOnlyList<TopicDescription>> Describe(IAdminClient admin)
    {
        try
        {
            return (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(Topics.All), new() { IncludeAuthorizedOperations = true })).TopicDescriptions;
        }
        catch (DescribeTopicsException some)
        {
            return [.. some.Results.TopicDescriptions.Where(topic => !topic.Error.IsError)];
        }
    }

    private static IEnumerable<string> Allowing(IReadOnlyList<TopicDescription> topics, AclOperation operation) =>
        topics.Where(topic => topic.AuthorizedOperations.Contains(operation)).Select(topic => topic.Name).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Addresses(JsonNode document, string action) => document["operations"]!.AsObject()
        .Where(operation => operation.Value!["action"]!.GetValue<string>() == action)
        .Select(operation => document["channels"]![operation.Value!["channel"]!["$ref"]!.GetValue<string>().Split('/')[^1]]!["address"]!.GetValue<string>())
        .Distinct().Order(StringComparer.Ordinal);
}
