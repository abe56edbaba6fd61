using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>From sign-up to mail and profile, over HTTP alone.</summary>
public abstract class SignUpFlow(RunningSystem system) : FlowTest(system)
{
    private readonly Customers _customers = new(system);

    [Fact]
    public async Task A_sign_up_leads_to_a_welcome_mail_a_profile_and_a_mail_with_first_picks()
    {
        var user = await _customers.SignUp();

        var profile = await Eventually.Get(() => _customers.Profile(user), p => p is not null, "a profile");
        Assert.Equal(user, profile!["userId"]!.GetValue<Guid>());
        Assert.NotEmpty(profile["recommendations"]!.AsArray());
        var mails = await Eventually.Get(() => _customers.Mails(user), m => m.Count == 2, "two mails");
        Assert.Equal(["email.send-email.v1", "signup.user-signed-up.v1"], mails.Select(m => m!["because"]!["type"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.True(DateTimeOffset.Parse(mails[0]!["sentAt"]!.GetValue<string>(), null) >= DateTimeOffset.Parse(mails[1]!["sentAt"]!.GetValue<string>(), null));
    }

    [Fact]
    public async Task Promise_4_with_Email_stopped_sign_ups_still_answer_and_after_its_start_each_user_has_exactly_one_mail_of_each_kind()
    {
        const int users = 10;
        await Running.Stop("email");
        var signedUp = new List<Guid>();
        for (var i = 0; i < users; i++)
            signedUp.Add(await _customers.SignUp());
        foreach (var user in signedUp)
            await Eventually.Get(() => _customers.Profile(user), p => p is not null, "a profile while Email is down");
        await Running.Start("email");

        foreach (var user in signedUp)
        {
            var mails = await Eventually.Get(() => _customers.Mails(user), m => m.Count >= 2, "two mails", TimeSpan.FromSeconds(60));
            var files = mails.Select(m => m!["because"]!["messageId"]!.GetValue<string>())
                .SelectMany(cause => Directory.GetFiles(Running.Mails, cause + "-*.eml")).Select(f => Path.GetFileName(f)[37..]).Order(StringComparer.Ordinal);
            Assert.Equal(["first-picks.eml", "welcome.eml"], files);
        }
    }

    [Theory]
    [InlineData("ada.example.com", "Ada")]
    [InlineData("ada@example", "Ada")]
    [InlineData("", "Ada")]
    [InlineData("Ada <ada@example.com>", "Ada")]
    [InlineData("ada@example.com", "  ")]
    [InlineData(null, null)]
    public async Task Promise_9_a_bad_address_or_an_empty_name_is_a_400_and_leaves_no_event(string? email, string? name)
    {
        var before = await CountEvents();
        using var response = await _customers.TrySignUp(new { email, name });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(before, await CountEvents());
    }

    [Fact]
    public async Task A_taken_address_is_a_409_in_any_case_and_spacing_and_leaves_no_event()
    {
        var address = Customers.NewAddress();
        await _customers.SignUp(address);
        var before = await CountEvents();

        using var response = await _customers.TrySignUp(new { email = $"  {address.ToUpperInvariant()} ", name = "Somebody else" });
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal(before, await CountEvents());
    }

    [Fact]
    public async Task The_same_key_answers_the_same_and_another_body_with_it_is_a_422()
    {
        var (key, body) = (Guid.CreateVersion7().ToString(), new { email = Customers.NewAddress(), name = "Ada" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
        {
            using var response = await _customers.TrySignUp(body, key);
            return (response.StatusCode, Body: await response.Content.ReadAsStringAsync(Ct));
        }));
        Assert.Single(answers.Distinct());
        Assert.Equal(HttpStatusCode.Created, answers[0].StatusCode);

        using var other = await _customers.TrySignUp(new { email = Customers.NewAddress(), name = "Ada" }, key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        using var unreadable = await _customers.TrySignUp(body, "a key with spaces");
        Assert.Equal(HttpStatusCode.BadRequest, unreadable.StatusCode);
    }

    [Fact]
    public async Task A_forgotten_user_has_no_mails_and_no_profile_and_the_address_is_free_again()
    {
        var address = Customers.NewAddress();
        var user = await _customers.SignUp(address);
        await Eventually.Get(() => _customers.Mails(user), m => m.Count == 2, "two mails");
        using var signup = Running.Client("signup");
        using (var forgotten = await signup.DeleteAsync($"/users/{user}", Ct))
            Assert.Equal(HttpStatusCode.Accepted, forgotten.StatusCode);

        await Eventually.Get(() => _customers.Mails(user), m => m.Count == 0, "no mails");
        await Eventually.Get(() => _customers.Profile(user), p => p is null, "no profile");
        await _customers.SignUp(address);
        using var again = await signup.DeleteAsync($"/users/{user}", Ct);
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        using var unknown = await signup.DeleteAsync($"/users/{Guid.CreateVersion7()}", Ct);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Promise_8_where_a_message_is_can_be_told_from_the_services_own_records()
    {
        var user = await _customers.SignUp();
        await Eventually.Get(() => _customers.Mails(user), m => m.Count == 2, "two mails");
        // The relay writes down where it put a message after the broker has said so: the mails may be faster.
        var signedUp = await Eventually.Get(
            async () => (await _customers.ControlGet("signup", "/control/log/messages"))!.AsArray().First(m => m!["stream"]!.GetValue<string>() == $"user-{user}")!,
            m => m["relayed"] is not null, "a record of the relay");

        Assert.NotNull(signedUp["position"]);
        var (partition, offset) = (signedUp["relayed"]!["partition"]!.GetValue<int>(), signedUp["relayed"]!["offset"]!.GetValue<long>());
        foreach (var subscription in (string[])["email", "recommendations"])
        {
            var there = await _customers.ControlGet(subscription, $"/control/subscriptions/{subscription}/messages?topic=signup.events&partition={partition}&offset={offset}");
            Assert.Equal("handled", there!["state"]!.GetValue<string>());
        }
        var journey = (await _customers.ControlGet("recommendations", $"/control/log/messages?correlation={signedUp["correlationId"]}"))!.AsArray();
        Assert.Equal(signedUp["messageId"]!.GetValue<string>(), journey.Single()!["causationId"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_user_is_found_by_the_keyed_hash_of_the_address_only_with_the_control_token()
    {
        var address = Customers.NewAddress();
        var user = await _customers.SignUp(address);
        using var control = Running.Control("signup");
        using var found = await control.PostAsJsonAsync("/control/users/lookup", new { email = $" {address.ToUpperInvariant()} " }, Ct);
        Assert.Equal(user, (await found.Content.ReadFromJsonAsync<JsonNode>(Ct))!["userId"]!.GetValue<Guid>());
        using var nobody = await control.PostAsJsonAsync("/control/users/lookup", new { email = Customers.NewAddress() }, Ct);
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
        using var empty = await control.PostAsJsonAsync("/control/users/lookup", new { }, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        using var client = Running.Client("signup");
        using var refused = await client.PostAsJsonAsync("/control/users/lookup", new { email = address }, Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Theory]
    [InlineData("signup", "/control/log")]
    [InlineData("email", "/control/subscriptions")]
    [InlineData("signup", "/log/messages?topic=signup.events")]
    public async Task Control_and_backfill_ask_for_their_token(string service, string path)
    {
        using var client = Running.Client(service);
        using var response = await client.GetAsync(path, Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Backfill_pages_through_what_was_published_and_the_last_page_has_no_next()
    {
        for (var i = 0; i < 3; i++)
            await _customers.SignUp();
        using var backfill = Running.Backfill("signup");
        // What was just committed is on no page before it has its position.
        var messages = await Eventually.Get(() => Pages(backfill), all => all.Count >= 3, "three messages");
        Assert.Equal(messages.Count, messages.Select(m => m!["id"]!.GetValue<string>()).Distinct().Count());
        Assert.All(messages, m => Assert.Equal(19, m!["sequence"]!.GetValue<string>().Length));
    }

    private static async Task<List<JsonNode?>> Pages(HttpClient backfill)
    {
        var (next, messages) = ("/log/messages?topic=signup.events&limit=2", new List<JsonNode?>());
        while (next is not null)
        {
            using var page = await backfill.GetAsync(next, Ct);
            Assert.Equal("application/cloudevents-batch+json", page.Content.Headers.ContentType?.MediaType);
            messages.AddRange((await page.Content.ReadFromJsonAsync<JsonArray>(Ct))!);
            next = page.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }
        return messages;
    }

    [Fact]
    public async Task Traffic_changes_its_rate_while_it_runs_and_refuses_nonsense()
    {
        using var traffic = Running.Client("traffic");
        using (var nonsense = await traffic.PutAsJsonAsync("/mix", new { rate = -1, mix = new { signUp = 1 } }, Ct))
            Assert.Equal(HttpStatusCode.BadRequest, nonsense.StatusCode);
        var before = await CountEvents();
        using (var on = await traffic.PutAsJsonAsync("/mix", new { rate = 20, mix = new { signUp = 1 } }, Ct))
            Assert.Equal(HttpStatusCode.OK, on.StatusCode);
        await Eventually.Get(CountEvents, p => p > before + 5, "customers come");
        using (var off = await traffic.PutAsJsonAsync("/mix", new { rate = 0, mix = new { signUp = 1 } }, Ct))
            Assert.Equal(HttpStatusCode.OK, off.StatusCode);
        Assert.Equal(0, (await traffic.GetFromJsonAsync<JsonNode>("/mix", Ct))!["rate"]!.GetValue<double>());
    }

    /// <summary>How many events Signup's log holds, but for its anchors, which come by themselves.</summary>
    private async Task<long> CountEvents()
    {
        await Eventually.Get(() => _customers.ControlGet("signup", "/control/log"), log => log!["unsequenced"]!.GetValue<long>() == 0, "all is sequenced");
        return (await _customers.Published("signup", "signup.events")).LongCount(message => message["type"]!.GetValue<string>() != "signup.log-anchored.v1");
    }
}

[Collection("in-memory broker")]
public sealed class SignUpFlow_on_the_in_memory_broker(InMemorySystem system) : SignUpFlow(system);

[Collection("broker at hand")]
public sealed class SignUpFlow_on_Apache_Kafka(BrokerAtHand system) : SignUpFlow(system);
