using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>An operator at the dashboard: sees what is stuck and why, decides, and sees what became of it.</summary>
[Collection("broker at hand")]
public sealed class OperatorFlow(BrokerAtHand system) : FlowTest(system)
{
    protected override bool IsRepeated => false;

    private const string Type = "signup.subject-forgotten.v1";
    private readonly Customers _customers = new(system);

    [Fact]
    public async Task A_failed_message_is_found_by_its_cause_previewed_and_skipped_and_what_was_parked_behind_it_goes_on()
    {
        var stream = $"user-{Guid.CreateVersion7()}";
        var poison = await Produce(stream, 1, Type, "not json");
        await Produce(stream, 2, Type, $$"""{"userId":"{{stream[5..]}}"}""");
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/failures");
        foreach (var subscription in (string[])["email", "recommendations"])
        {
            var groups = await Eventually.Get(async () => (await _customers.ControlGet(subscription, $"/control/subscriptions/{subscription}/failures"))!.AsArray(),
                all => all.Any(one => one!["behind"]!.GetValue<long>() > 0), "a group with something behind");
            var group = groups.Single(one => one!["state"]!.GetValue<string>() == "dead")!["group"]!.GetValue<string>();
            await dashboard.Sees($"group-{group}");
            await dashboard.Sees($"parked-{stream}");
            await dashboard.Keep("failures");
            await dashboard.Go($"/failures/{subscription}/{subscription}/{group}");
            await dashboard.Sees($"set-aside-{poison}");
            await Choose(dashboard);
            await dashboard.Click("skip", until: "plan");
            await dashboard.Keep("confirm");
            await dashboard["confirm-yes"].ClickAsync();
            await dashboard.Says("outcome", "1 skipped");
            await Eventually.Equal(0L, () => Count(subscription, "parked"), $"parked in {subscription}");
            await dashboard.Go("/failures");
        }

        await Skip("insights", poison);
        await dashboard.Says("audit-email-" + await LastOfAudit("email"), "local");
    }

    [Fact]
    public async Task Out_of_order_is_asked_for_before_a_skipped_message_runs_after_later_ones()
    {
        var stream = $"user-{Guid.CreateVersion7()}";
        var late = await Produce(stream, 1, Type, "not json");
        await Produce(stream, 2, Type, $$"""{"userId":"{{stream[5..]}}"}""");
        await Eventually.Get(() => Count("email", "parked"), parked => parked == 1, "one is parked behind it");
        foreach (var subscription in (string[])["email", "recommendations", "insights"])
            await Skip(subscription, late);
        await Eventually.Equal(0L, async () => await Count("email", "parked") + await Count("email", "failing"), "parked or due in email: the later one has run");
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go($"/failures/email/email/stream?topic=signup.events&source=/elsewhere&stream={stream}");
        await dashboard.Has($"set-aside-{late}", "data-state", "skipped");
        await Choose(dashboard);
        await dashboard.Click("retry", until: "confirm-order");

        Assert.True(await dashboard["confirm-yes"].IsDisabledAsync());
        await dashboard["confirm-order"].CheckAsync();
        await dashboard["confirm-yes"].ClickAsync();
        await dashboard.Says("outcome", "1 failed again");
        await Skip("email", late);
    }

    [Fact]
    public async Task A_mail_address_leads_to_its_user_and_stands_in_no_address_of_a_page()
    {
        var address = Customers.NewAddress();
        var user = await _customers.SignUp(address);
        await Eventually.Get(() => _customers.Mails(user), mails => mails.Count == 2, "two mails");
        await using var dashboard = await DashboardPage.Open(Running);
        List<string> addresses = [];
        dashboard.Page.Request += (_, request) => addresses.Add(request.Url);
        await dashboard.Begin("/");
        await dashboard.Search(address.ToUpperInvariant());
        await dashboard.Says("entity", $"user-{user}");
        await dashboard.Keep("entity");
        await dashboard.Page.Locator("tr[data-type='signup.user-signed-up.v1'] a").ClickAsync();
        await dashboard.Sees("sequence");
        await dashboard.Has("hop-subscription-email", "data-outcome", "done");
        await dashboard.Keep("passport");
        await dashboard.Click("show-data", until: "data");
        await dashboard.Says("data", "(personal)");

        Assert.DoesNotContain(addresses, one => one.Contains(address[..32], StringComparison.OrdinalIgnoreCase));
        await dashboard.Go("/");
        await dashboard.Search(Customers.NewAddress());
        await dashboard.Says("find", "Nobody is signed up");
    }

    [Fact]
    public async Task A_subscription_is_paused_and_resumed_and_the_numbers_add_up_again()
    {
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/subscriptions");
        await dashboard.Click("pause-recommendations", until: "confirm-yes");
        await dashboard["confirm-yes"].ClickAsync();
        await dashboard.Has("subscription-recommendations", "data-state", "paused");
        var user = await _customers.SignUp();
        await dashboard.Go("/numbers");
        await dashboard.Has("numbers-recommendations-signup.events-signup", "data-agrees", "false");
        await dashboard.Go("/subscriptions");
        await dashboard.Keep("subscriptions");
        await dashboard.Click("resume-recommendations", until: "confirm-yes");
        await dashboard["confirm-yes"].ClickAsync();
        await Eventually.Get(() => _customers.Profile(user), profile => profile is not null, "a profile");
        await dashboard.Go("/numbers");
        await dashboard.Has("numbers-recommendations-signup.events-signup", "data-agrees", "true");
        await dashboard.Keep("numbers");
        await dashboard.Go("/topics");
        await dashboard.Says("topic-signup.events", "recommendations");
        await dashboard.Keep("topics");
    }

    [Fact]
    public async Task An_account_is_looked_at_as_it_was_before_its_last_deposit()
    {
        using var accounts = Running.Client("accounts");
        using var opened = await accounts.PostAsJsonAsync("/accounts", new { ownerId = Guid.CreateVersion7(), currency = "EUR" }, Ct);
        var account = (await opened.Content.ReadFromJsonAsync<JsonNode>(Ct))!["accountId"]!.GetValue<Guid>();
        foreach (var amount in (int[])[1_000, 4_500])
        {
            using var deposit = new HttpRequestMessage(HttpMethod.Post, $"/accounts/{account}/deposits") { Content = JsonContent.Create(new { amount, currency = "EUR" }) };
            deposit.Headers.Add("Idempotency-Key", $"deposit-{amount}");
            using var answer = await accounts.SendAsync(deposit, Ct);
            answer.EnsureSuccessStatusCode();
        }

        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go($"/time/{account}");
        await dashboard.Says("balance", "5,500 EUR");
        await dashboard.Says("chain", "holds over 3 events");
        await dashboard.Keep("time");
        await Eventually.Get(async () =>
        {
            await dashboard["after-1"].ClickAsync();
            return await dashboard["version"].TextContentAsync();
        }, version => version?.Trim() == "1", "it stands after the first deposit");
        await dashboard.Says("balance", "1,000 EUR");
    }

    [Fact]
    public async Task The_whole_bank_is_looked_at_now_and_as_it_was_before_anything_moved()
    {
        var bank = new Bank(Running);
        var deposit = await bank.Deposit(await bank.OpenWith(1_000), 500);
        await bank.Get($"/bank?includes={deposit.StreamVersion}");
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/time");
        await dashboard.Has("bank-EUR", "data-agrees", "true");
        await dashboard.Keep("time-bank");
        var deposited = (await dashboard["bank-EUR"].Locator("td[data-label='Deposited']").TextContentAsync())!.Trim();
        await Eventually.Equal(0, async () =>
        {
            await dashboard["moment"].FillAsync("0");
            return await dashboard["bank-EUR"].Locator("td[data-label='Deposited']").Filter(new() { HasText = deposited }).CountAsync();
        }, "what was deposited since the beginning is not deposited yet");
    }

    [Fact]
    public async Task A_service_is_stopped_and_started_again_and_both_stand_in_the_audit()
    {
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/services");
        await dashboard.Has("service-recommendations", "data-condition", "up");
        try
        {
            await Tell("stop");
            await dashboard.Has("service-recommendations", "data-condition", "down");
            await dashboard.Keep("services");
            await Tell("start");
            await dashboard.Has("service-recommendations", "data-condition", "up");
        }
        catch
        {
            await Running.Start("recommendations"); // it fails alone
            throw;
        }

        await dashboard.Says("audit-host-1", "stop");
        await dashboard.Says("audit-host-2", "start");

        async Task Tell(string verb)
        {
            await dashboard.Click($"{verb}-recommendations", until: "confirm-yes");
            await dashboard["confirm-yes"].ClickAsync();
            await dashboard.Has("outcome", "data-done", "true");
            await dashboard["confirm-close"].ClickAsync();
        }
    }

    [Fact]
    public async Task The_host_does_nothing_for_who_has_not_its_token()
    {
        using var client = new HttpClient { BaseAddress = Running.HostControl };
        foreach (var token in (string?[])[null, "guessed"])
        {
            using var stop = new HttpRequestMessage(HttpMethod.Post, "/services/email/stop") { Headers = { { "Acting-Account", "nobody" } } };
            if (token is not null)
                stop.Headers.Authorization = new("Bearer", token);
            using var answer = await client.SendAsync(stop, Ct);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_topic_is_opened_with_its_partitions_readers_and_messages_and_one_leads_to_its_passport()
    {
        var user = await _customers.SignUp();
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/topics/signup.events?key=" + user);
        await dashboard.Sees("partition-0");
        await dashboard.Sees("reader-email");
        await dashboard.FindsOnTopic($"user-{user}");
        await dashboard.Keep("topic");
        await dashboard.Page.Locator("table.messages a").First.ClickAsync();
        await dashboard.Sees("hop-relayed");
    }

    // What is checked before the page is live is not chosen; then it is checked again.
    private static async Task Choose(DashboardPage dashboard)
    {
        for (var tries = 0; tries < 20 && await dashboard["skip"].First.IsDisabledAsync(); tries++)
        {
            await dashboard["choose-all"].UncheckAsync();
            await dashboard["choose-all"].CheckAsync();
            await Task.Delay(500, Ct);
        }
    }

    private Task Skip(string subscription, Guid message) => Eventually.Get(async () =>
    {
        using var control = Running.Control(subscription);
        using var answer = await control.PostAsJsonAsync($"/control/subscriptions/{subscription}/skip", new { messageIds = (Guid[])[message] }, Ct);
        return answer.IsSuccessStatusCode;
    }, done => done, $"{subscription} skips {message}");

    private Task<long> Count(string subscription, string state) => Get(subscription, one => one[state]!.GetValue<long>());

    private async Task<T> Get<T>(string subscription, Func<JsonNode, T> read) => read((await _customers.ControlGet(subscription, $"/control/subscriptions/{subscription}"))!);

    private async Task<long> LastOfAudit(string service) => (await _customers.ControlGet(service, "/control/audit"))![0]!["id"]!.GetValue<long>();

    /// <summary>What somebody whom nobody knows puts on Signup's topic.</summary>
    private async Task<Guid> Produce(string stream, long sequence, string type, string data)
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Running.Kafka }).Build();
        var id = Guid.CreateVersion7();
        Headers headers = [];
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["ce_id"] = id.ToString(),
            ["ce_source"] = "/elsewhere",
            ["ce_type"] = type,
            ["ce_subject"] = stream,
            ["ce_sequence"] = sequence.ToString("D19", CultureInfo.InvariantCulture),
            ["ce_logid"] = LogOfElsewhere.ToString(),
        })
            headers.Add(name, Encoding.UTF8.GetBytes(value));
        await producer.ProduceAsync("signup.events", new() { Key = stream, Value = Encoding.UTF8.GetBytes(data), Headers = headers }, Ct);
        return id;
    }

    private static readonly Guid LogOfElsewhere = Guid.CreateVersion7();
}
