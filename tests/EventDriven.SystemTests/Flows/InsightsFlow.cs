using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using EventDriven.Contracts;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.Flows;

/// <summary>Insights tells what its publishers' own logs tell. Not on the in-memory broker, where each new member of a group waits for a minute.</summary>
[Collection("broker at hand")]
public sealed class InsightsFlow_on_Apache_Kafka(BrokerAtHand system) : FlowTest(system)
{
    private static readonly (string Figure, string Type, string? Amount)[] Compared =
    [
        ("usersSignedUp", "signup.user-signed-up.v1", null),
        ("mailsSent", "email.email-sent.v1", null),
        ("deposits", "accounts.money-deposited.v1", "amount"),
        ("withdrawals", "accounts.money-withdrawn.v1", "amount"),
        ("paymentsSucceeded", "payments.payment-succeeded.v1", "amount"),
        ("paymentsFailed", "payments.payment-failed.v1", "amount"),
        ("ordersPlaced", "orders.order-placed.v1", "total"),
        ("ordersShipped", "fulfilment.order-shipped.v1", null),
    ];

    private static readonly string[] Services = [.. RunningSystem.Services.Split(',').Select(service => "/" + service)];

    private readonly Customers _customers = new(system);
    private readonly Bank _bank = new(system);
    private readonly Shop _shop = new(system);

    [Fact]
    public async Task Promise_6_started_for_the_first_time_it_tells_the_whole_history_and_stays_live_and_no_publisher_has_changed()
    {
        await Order();
        await Rest(); // everybody else has read the topics
        await Running.Stop("insights");
        await Empty();
        await ForgetTopics();
        await Order(); // while it is not there
        await Running.Start("insights");

        await TellsTheTruth();
        await Order();
        await TellsTheTruth();
    }

    [Fact]
    public async Task Promise_6_a_replay_leads_to_the_same_numbers()
    {
        await Order();
        await TellsTheTruth();
        using var control = Running.Control("insights");
        control.DefaultRequestHeaders.Add("Acting-Account", "account-1");
        using (var replayed = await control.PostAsJsonAsync("/control/subscriptions/insights/replay", new { }, Ct))
            Assert.True(replayed.StatusCode is System.Net.HttpStatusCode.Accepted, await replayed.Content.ReadAsStringAsync(Ct));
        await Order();
        await TellsTheTruth();
    }

    /// <summary>What the topics' retention does.</summary>
    private async Task ForgetTopics()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Running.Kafka }).Build();
        var ends = Topics.All.SelectMany(topic => admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics.Single().Partitions
            .Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.End)));
        await admin.DeleteRecordsAsync(ends);
    }

    private async Task Order()
    {
        var (user, account) = (await _customers.SignUp(), await _bank.OpenWith(1_000));
        await _shop.PlaceAtLast(Shop.Order(user, account, 400), Bank.NewKey());
        await _shop.PlaceAtLast(Shop.Order(user, account, 601), Bank.NewKey()); // there is not enough left
        await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 5, "five mails", TimeSpan.FromSeconds(60));
    }

    /// <summary>Its database is as Setup has made it: nothing was ever started on it.</summary>
    private async Task Empty()
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Running.Postgres) { Database = "insights" }.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("drop schema insights, inbox, log cascade; drop table schema_versions", connection);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private Task TellsTheTruth() => Eventually.Get(async () => (Truth: await Truth(), Told: await Told()), both => both.Truth == both.Told, "Insights tells the truth", TimeSpan.FromSeconds(90));

    private async Task<string> Told()
    {
        using var insights = Running.Client("insights");
        var summary = (await insights.GetFromJsonAsync<JsonNode>("/summary", Ct))!;
        return Text(
            Compared.Select(c => (c.Figure, summary["counts"]![c.Figure]!.GetValue<long>(), summary["sums"]![c.Figure]?["EUR"]?.GetValue<decimal>() ?? 0)),
            summary["sources"]!.AsArray().Select(source => (source!["source"]!.GetValue<string>(), source["messages"]!.GetValue<long>()))
                .Where(source => Services.Contains(source.Item1))); // others are what tests have sent
    }

    /// <summary>From what each service has published, page by page.</summary>
    private async Task<string> Truth()
    {
        List<JsonNode> all = [];
        foreach (var topic in Topics.All)
        {
            foreach (var service in topic == "email.commands" ? ["recommendations"] : topic == "insights.events" ? [] : (string[])[topic.Split('.')[0]])
                all.AddRange(await _customers.Published(service, topic));
        }
        return Text(
            Compared.Select(c => (c.Figure, all.LongCount(m => TypeOf(m) == c.Type), c.Amount is null ? 0 : all
                .Where(m => TypeOf(m) == c.Type && m["data"]!["currency"]!.GetValue<string>() == "EUR").Sum(m => m["data"]![c.Amount]!.GetValue<decimal>()))),
            all.GroupBy(m => m["source"]!.GetValue<string>()).Select(source => (source.Key, source.LongCount())));
    }

    private static string TypeOf(JsonNode message) => message["type"]!.GetValue<string>();

    private static string Text(IEnumerable<(string Figure, long Count, decimal Sum)> figures, IEnumerable<(string Source, long Messages)> sources) => string.Join("; ",
    [
        .. figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Figure} {f.Count} {f.Sum}")),
        .. sources.OrderBy(s => s.Source, StringComparer.Ordinal).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Source} {s.Messages}")),
    ]);
}
