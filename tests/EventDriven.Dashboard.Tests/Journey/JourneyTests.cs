using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Watch;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.Journey;

public sealed class JourneyTests
{
    private const string UserSignedUp = "01a207c6-0000-7000-8000-000000000001";
    private const string SendEmail = "01a207c6-0000-7000-8000-000000000002";
    private const string EmailSent = "01a207c6-0000-7000-8000-000000000003";
    private const string Correlation = "01a207c6-0000-7000-8000-00000000000c";
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeServices _services = new FakeServices()
        .Answers("signup", "/health", new { status = "Healthy" })
        .Answers("email", "/health", new { status = "Healthy" })
        .Answers("recommendations", "/health", new { status = "Healthy" })
        .Answers("signup", $"/control/log/meant?id={UserSignedUp}&limit=200", new[] { Message(UserSignedUp, "signup.user-signed-up.v1", null, 0, "signup.events") })
        .Answers("signup", $"/control/log/meant?id={Correlation}&limit=200", new[] { Message(UserSignedUp, "signup.user-signed-up.v1", null, 0, "signup.events") })
        .Answers("signup", $"/control/log/messages?limit=200&correlation={Correlation}", new[] { Message(UserSignedUp, "signup.user-signed-up.v1", null, 0, "signup.events") })
        .Answers("recommendations", $"/control/log/messages?limit=200&correlation={Correlation}", new[] { Message(SendEmail, "email.send-email.v1", UserSignedUp, 20, "email.commands") })
        .Answers("email", $"/control/log/messages?limit=200&correlation={Correlation}", new[] { Message(EmailSent, "email.email-sent.v1", SendEmail, 60, "email.events") })
        .Answers("email", "/control/subscriptions", new[] { Subscription("email", "running", "signup.events", "email.commands") })
        .Answers("recommendations", "/control/subscriptions", new[] { Subscription("recommendations", "running", "signup.events") })
        .Answers("email", At("email"), new { state = "handled", at = Noon.AddMilliseconds(40), durationMs = 12, attempts = 1 })
        .Answers("recommendations", At("recommendations"), new { state = "handled", at = Noon.AddMilliseconds(18), durationMs = 4, attempts = 1 });

    [Fact]
    public async Task A_message_is_followed_from_its_log_to_every_subscription()
    {
        var journey = (await Follow(UserSignedUp)).Journey!;

        Assert.Equal("signup", journey.Service);
        Assert.Equal(
            ["appended", "sequenced", "relayed", "subscription-email", "subscription-recommendations"],
            journey.Hops.Select(static hop => hop.Id));
        Assert.All(journey.Hops, static hop => Assert.Equal(Outcome.Done, hop.Outcome));
        Assert.True(journey.IsSettled);
        Assert.Equal("partition 3, offset 17", Hop(journey, "relayed").Details);
        Assert.Equal(TimeSpan.FromMilliseconds(12), Hop(journey, "subscription-email").Took);
    }

    [Fact]
    public async Task What_it_caused_stands_below_it()
    {
        var root = Assert.Single((await Follow(UserSignedUp)).Journey!.Causes);
        var command = Assert.Single(root.Effects);
        var sent = Assert.Single(command.Effects);

        Assert.Equal([UserSignedUp, SendEmail, EmailSent], [root.Message.MessageId, command.Message.MessageId, sent.Message.MessageId]);
        Assert.Equal(["signup", "recommendations", "email"], [root.Service, command.Service, sent.Service]);
    }

    [Fact]
    public async Task A_correlation_id_leads_to_its_first_message() =>
        Assert.Equal(UserSignedUp, (await Follow(Correlation)).Journey?.Message.MessageId);

    [Fact]
    public async Task A_service_that_is_down_shows_as_such_and_the_rest_is_told()
    {
        var watch = Watch();
        await watch.Look(TestContext.Current.CancellationToken);
        _services.IsDown("email");
        await watch.Look(TestContext.Current.CancellationToken);
        var answer = await new JourneyReader(_services.Client, watch).Read(UserSignedUp, null, TestContext.Current.CancellationToken);

        Assert.Equal(["email"], answer.Silent);
        Assert.Equal((Outcome.Waiting, "email is down"), (Hop(answer.Journey!, "subscription-email").Outcome, Hop(answer.Journey!, "subscription-email").Text));
        Assert.Equal(Outcome.Done, Hop(answer.Journey!, "subscription-recommendations").Outcome);
        Assert.False(answer.Journey!.IsSettled);
    }

    [Fact]
    public async Task A_service_that_went_down_since_the_last_look_shows_as_such()
    {
        var watch = Watch();
        await watch.Look(TestContext.Current.CancellationToken);
        _services.IsDown("email");
        var answer = await new JourneyReader(_services.Client, watch).Read(UserSignedUp, null, TestContext.Current.CancellationToken);

        Assert.Equal("email is down", Hop(answer.Journey!, "subscription-email").Text);
    }

    [Theory]
    [InlineData("waiting", "running", Outcome.Waiting, "waits: 412 ahead")]
    [InlineData("waiting", "paused", Outcome.Waiting, "waits: the subscription is paused")]
    [InlineData("parked", "running", Outcome.Parked, "parked")]
    [InlineData("dead", "running", Outcome.Failed, "dead letter")]
    [InlineData("refused", "running", Outcome.Failed, "refused")]
    [InlineData("skipped", "running", Outcome.Failed, "skipped")]
    [InlineData("without-handler", "running", Outcome.Done, "passed over: it has no handler for this type")]
    public async Task What_a_subscription_says_is_told_in_words(string state, string subscription, Outcome outcome, string text)
    {
        _services
            .Answers("email", "/control/subscriptions", new[] { Subscription("email", subscription, "signup.events") })
            .Answers("email", At("email"), new { state, attempts = 3, reason = "no such mailbox", ahead = 412 });

        var hop = Hop((await Follow(UserSignedUp)).Journey!, "subscription-email");
        Assert.Equal((outcome, text), (hop.Outcome, hop.Text));
        if (outcome is not Outcome.Done)
            Assert.Contains("no such mailbox", hop.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_was_not_sent_yet_waits_everywhere()
    {
        object[] unsent = [new { messageId = UserSignedUp, type = "signup.user-signed-up.v1", stream = "user-1", version = 0, topic = "signup.events", recordedAt = Noon, correlationId = Correlation }];
        _services
            .Answers("signup", "/control/log", new { service = "signup", source = "/signup", position = 5, relay = new { state = "paused", reason = "the broker does not answer" } })
            .Answers("signup", $"/control/log/meant?id={UserSignedUp}&limit=200", unsent)
            .Answers("signup", $"/control/log/messages?limit=200&correlation={Correlation}", unsent);

        var journey = (await Follow(UserSignedUp)).Journey!;
        Assert.Equal("waits for its position in the log", Hop(journey, "sequenced").Text);
        Assert.Equal("the relay is paused: the broker does not answer", Hop(journey, "relayed").Text);
        Assert.Equal("not sent to it yet", Hop(journey, "subscription-email").Text);
    }

    [Fact]
    public async Task A_private_message_ends_in_its_log()
    {
        object[] requested = [new { messageId = UserSignedUp, type = "orders.order-requested.v1", stream = "order-1", version = 0, recordedAt = Noon, correlationId = Correlation }];
        _services.Answers("signup", $"/control/log/meant?id={UserSignedUp}&limit=200", requested)
            .Answers("signup", $"/control/log/messages?limit=200&correlation={Correlation}", requested);

        Assert.Equal(["appended"], (await Follow(UserSignedUp)).Journey!.Hops.Select(static hop => hop.Id));
    }

    [Fact]
    public async Task An_unknown_id_has_no_journey() => Assert.Null((await Follow(Guid.CreateVersion7().ToString())).Journey);

    [Fact]
    public async Task An_entitys_id_leads_to_all_that_its_streams_hold()
    {
        var user = Guid.CreateVersion7().ToString();
        _services.Answers("signup", $"/control/log/meant?id={user}&limit=200", new[] { Message(UserSignedUp, "signup.user-signed-up.v1", null, 0, "signup.events") })
            .Answers("email", $"/control/log/meant?id={user}&limit=200", new[] { Message(EmailSent, "email.email-sent.v1", SendEmail, 60, "email.events") });

        foreach (var id in (string[])[user, $"user-{user}"])
        {
            var answer = await Follow(id);
            Assert.Null(answer.Journey);
            Assert.Equal(["signup", "email"], answer.Entity.Select(static one => one.Service));
        }
    }

    [Fact]
    public async Task A_parked_message_names_the_one_that_it_is_behind()
    {
        _services.Answers("email", At("email"), new { state = "parked", behind = new { messageId = SendEmail, type = "signup.user-signed-up.v1", state = "dead" } });

        var hop = Hop((await Follow(UserSignedUp)).Journey!, "subscription-email");
        Assert.Equal(("parked behind", SendEmail), (hop.Text, hop.Behind?.MessageId));
    }

    [Fact]
    public async Task Where_a_service_is_down_what_it_last_told_says_how_far_it_was()
    {
        _services.Answers("email", "/control/subscriptions", new[]
        {
            new { name = "email", state = "running", handled = 0, lag = 0, topics = (string[])["signup.events"], partitions = new[] { new { topic = "signup.events", partition = 3, next = 12, end = 18 } } },
        });
        var watch = Watch();
        await watch.Look(TestContext.Current.CancellationToken);
        _services.IsDown("email");
        await watch.Look(TestContext.Current.CancellationToken);
        var answer = await new JourneyReader(_services.Client, watch).Read(UserSignedUp, null, TestContext.Current.CancellationToken);

        Assert.Equal("since 12:00:00 UTC; 5 ahead of this one in its partition", Hop(answer.Journey!, "subscription-email").Details);
    }

    [Fact]
    public async Task A_service_that_was_never_heard_does_not_let_a_message_look_as_if_it_had_arrived_everywhere()
    {
        _services.IsDown("email");
        var journey = (await Follow(UserSignedUp)).Journey!;

        Assert.Equal((Outcome.Unknown, "email is down"), (Hop(journey, "service-email").Outcome, Hop(journey, "service-email").Text));
        Assert.False(journey.IsSettled);
    }

    [Fact]
    public async Task The_sequence_shows_who_told_whom_in_the_order_in_which_it_was_said()
    {
        var sequence = Sequence.Of((await Follow(UserSignedUp)).Journey!.Passages);

        Assert.Equal(["signup", "recommendations", "email"], sequence.Lifelines);
        Assert.Equal([("signup", "recommendations"), ("signup", "email")], sequence.Arrows.Where(static arrow => arrow.MessageId == UserSignedUp).Select(static arrow => (arrow.From, arrow.To)));
        Assert.Equal([UserSignedUp, SendEmail, EmailSent], sequence.Arrows.Select(static arrow => arrow.MessageId).Distinct());
    }

    [Fact]
    public async Task What_is_settled_is_not_asked_again()
    {
        var first = await Follow(UserSignedUp);
        _services.Answers("email", At("email"), new { state = "dead" });
        var again = await new JourneyReader(_services.Client, Watch()).Read(UserSignedUp, first, TestContext.Current.CancellationToken);

        Assert.Equal(Outcome.Done, Hop(again.Journey!, "subscription-email").Outcome);
    }

    private static string At(string subscription) =>
        $"/control/subscriptions/{subscription}/messages?topic=signup.events&partition=3&offset=17&messageId={UserSignedUp}&source=%2Fsignup&stream=user-1&sequence=1";

    private async Task<JourneyAnswer> Follow(string id)
    {
        var watch = Watch();
        await watch.Look(TestContext.Current.CancellationToken);
        return await new JourneyReader(_services.Client, watch).Read(id, null, TestContext.Current.CancellationToken);
    }

    private SystemWatch Watch() => new(_services.Client, [], new FakeTimeProvider(Noon));

    private static Hop Hop(MessageJourney journey, string id) => journey.Hops.Single(hop => hop.Id == id);

    private static object Message(string id, string type, string? cause, int afterMs, string topic) => new
    {
        messageId = id,
        type,
        stream = "user-1",
        version = 0,
        sequence = 1,
        topic,
        position = 5,
        recordedAt = Noon.AddMilliseconds(afterMs),
        correlationId = Correlation,
        causationId = cause,
        relayed = new { partition = 3, offset = 17, at = Noon.AddMilliseconds(afterMs + 4) },
    };

    private static object Subscription(string name, string state, params string[] topics) => new
    {
        name,
        state,
        reason = state is "paused" ? "no such mailbox" : null,
        handled = 10,
        lag = 412,
        topics,
        partitions = Array.Empty<object>(),
    };
}
