using EventDriven.Messaging.Subscriptions;
using EventDriven.Messaging.Subscriptions.Consuming;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EventDriven.Messaging.Control;

/// <summary>What subscriptions have done, what they have set aside, and what an operator can do about it.</summary>
internal static class SubscriptionEndpoints
{
    /// <summary>Says who acts: an opaque id, never a mail address.</summary>
    public const string ActorHeader = "Acting-Account";

    private const string AnyHolderOfTheToken = "holder-of-the-control-token";
    private const int MostListed = 1_000;

    extension(IEndpointRouteBuilder control)
    {
        public void MapSubscriptions()
        {
            control.MapGet("/subscriptions", All).WithSummary("The state of each subscription");
            control.MapGet("/audit", Audit).WithSummary("What operators did, newest first");
            var one = control.MapGroup("/subscriptions/{name}");
            one.MapGet("", One).WithSummary("The state of one subscription");
            one.MapGet("/messages", Message).WithSummary("What a subscription did with one message");
            one.MapGet("/parked", Parked).WithSummary("Streams with messages set aside: what holds each up, and how many are behind it");
            one.MapGet("/dead-letters", DeadLetters).WithSummary("Messages without attempts left");
            one.MapGet("/quarantined", Quarantined).WithSummary("Messages that could not be attributed to a stream");
            one.MapGet("/reconciliation", Reconcile).WithSummary("Whether the sums agree with what the senders have published");
            one.MapPost("/pause", (string name, Operator by, CancellationToken ct) => SetPaused(name, paused: true, by, ct)).WithSummary("Takes in nothing more");
            one.MapPost("/resume", (string name, Operator by, CancellationToken ct) => SetPaused(name, paused: false, by, ct)).WithSummary("Goes on");
            one.MapPost("/redrive", Redrive).WithSummary("Gives messages new attempts; with preview=true says what would run, in which order");
            one.MapPost("/skip", Skip).WithSummary("Gives messages up, or what is missing in a stream; with preview=true says which");
            one.MapPost("/accept", Accept).WithSummary("Accepts the new log of a restored source, and lists what its owner has lost");
            one.MapPost("/replay", Replay).WithSummary("Handles everything again: from the beginning where the subscription declares a reset, from a later point where its handlers are repeatable");
        }
    }

    private static async Task<IResult> All(Operator by, CancellationToken ct)
    {
        List<object> states = [];
        foreach (var worker in by.Workers)
            states.Add(await State(worker, by.Queries, ct));
        return TypedResults.Ok(states);
    }

    private static Task<IResult> One(string name, Operator by, CancellationToken ct) => by.With(name, async worker => TypedResults.Ok(await State(worker, by.Queries, ct)));

    private static async Task<object> State(SubscriptionWorker worker, ControlQueries queries, CancellationToken ct)
    {
        var partitions = worker.Partitions
            .Select(p => (p.Claim.Partition, Next: p.Claim.Next ?? 0, End: Math.Max(p.End, p.Claim.Next ?? 0)))
            .OrderBy(p => p.Partition.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition.Partition.Value).ToArray();
        var (trouble, isPaused) = (worker.Trouble, worker.IsPaused);
        var sums = await queries.RecentTotal(worker.Subscription.Name, ct);
        return new
        {
            name = worker.Subscription.Name,
            state = isPaused ? "paused" : trouble is not null ? "waiting" : worker.IsAssigned ? "running" : "starting",
            reason = isPaused ? "an operator has paused it" : trouble,
            member = worker.Member,
            alarms = worker.Alarms,
            handled = sums.Handled,
            withoutHandler = sums.WithoutHandler,
            waiting = sums.Waiting,
            failing = sums.Failing,
            parked = sums.Parked,
            dead = sums.Dead,
            refused = sums.Refused,
            skipped = sums.Skipped,
            quarantined = await queries.CountQuarantined(worker.Subscription.Name, ct),
            lag = partitions.Sum(p => p.End - p.Next),
            oldestUnhandledSeconds = worker.OldestSeconds,
            topics = worker.Subscription.Topics.Order(StringComparer.Ordinal),
            partitions = partitions.Select(p => new { p.Partition.Topic, partition = p.Partition.Partition.Value, p.Next, p.End }),
        };
    }

    private static Task<IResult> Message(
        string name, string topic, int partition, long offset, Operator by, CancellationToken ct, Guid? messageId = null, string? source = null, string? stream = null, long? sequence = null) => by.With(name, async worker =>
    {
        if (await by.Queries.SetAside(name, topic, partition, offset, messageId, ct) is { } aside)
        {
            var behind = aside.State is "parked" ? await by.Queries.HeldUpBy(name, topic, partition, offset, messageId, ct) : null;
            return TypedResults.Ok(new { state = aside.State, at = aside.ParkedAt, aside.Attempts, reason = aside.Cause, aside.NextAttemptAt, behind });
        }
        if (await by.Queries.BatchOf(name, topic, partition, offset, ct) is { } batch)
            return TypedResults.Ok(new { state = batch.Handled > 0 ? "handled" : "without-handler", batch.At, batch.DurationMs, batch.Attempts });
        // It came by backfill, or longer ago than batches are remembered: the mark still tells.
        if (source is not null && stream is not null && sequence is { } place && await by.Queries.IsAccepted(name, topic, source, stream, place, ct))
            return TypedResults.Ok(new { state = "handled" });
        var next = worker.Partitions.Where(p => p.Claim.Partition.Topic == topic && p.Claim.Partition.Partition.Value == partition)
            .Select(p => p.Claim.Next ?? 0).FirstOrDefault();
        return TypedResults.Ok(new { state = "waiting", ahead = Math.Max(0, offset - next), reason = worker.Trouble });
    });

    private static Task<IResult> Parked(string name, Operator by, CancellationToken ct, int limit = 100) =>
        by.With(name, limit, MostListed, async () => TypedResults.Ok(await by.Queries.ParkedStreams(name, limit, ct)));

    private static Task<IResult> DeadLetters(string name, Operator by, CancellationToken ct, int limit = 100) =>
        by.With(name, limit, MostListed, async () => TypedResults.Ok(await by.Queries.DeadLetters(name, limit, ct)));

    private static Task<IResult> Quarantined(string name, Operator by, CancellationToken ct, int limit = 100) =>
        by.With(name, limit, MostListed, async () => TypedResults.Ok(await by.Queries.Quarantined(name, limit, ct)));

    private static Task<IResult> Audit(Operator by, CancellationToken ct, int limit = 100) =>
        Operator.Within(limit, MostListed, async () => TypedResults.Ok(await by.Queries.Audit(limit, ct)));

    private static Task<IResult> Reconcile(string name, Operator by, CancellationToken ct) => by.With(name, async worker =>
        TypedResults.Ok(await by.Reconciliation.Of(worker.Subscription, ct)));

    private static Task<IResult> SetPaused(string name, bool paused, Operator by, CancellationToken ct) => by.Acting(name, async (_, who) =>
    {
        await by.Operations.Pause(name, paused, who, ct);
        return TypedResults.Ok(new { name, paused });
    });

    private static Task<IResult> Redrive(string name, Choice choice, Operator by, CancellationToken ct, bool preview = false) => by.Acting(name, async (_, who) =>
    {
        if (choice.Invalid() is { } invalid)
            return invalid;
        var plan = await by.Operations.PlanRedrive(name, choice.MessageIds, ct);
        if (choice.Missing(plan.Where(p => p.Chosen)) is { } missing)
            return missing;
        if (preview)
            return TypedResults.Ok(new { runs = plan });
        if (!choice.OutOfOrder && plan.FirstOrDefault(p => p.LaterApplied) is { } late)
            return Operator.Problem(StatusCodes.Status409Conflict, "out-of-order",
                $"Later messages of {late.Stream} than {late.MessageId} were handled already. Look at the preview; send outOfOrder: true if it may run after them.");
        var operation = await by.Operations.Redrive(name, plan, who, ct);
        return TypedResults.Ok(new { runs = plan, operation });
    });

    private static Task<IResult> Skip(string name, Choice choice, Operator by, CancellationToken ct, bool preview = false) => by.Acting(name, async (_, who) =>
    {
        if (choice.Gap is { Topic: { } topic, Source: { } source, Stream: { } stream })
        {
            return await by.Operations.SkipGap(name, topic, source, stream, who, ct) is { } missing
                ? TypedResults.Ok(new { topic, source, stream, missing })
                : Operator.Problem(StatusCodes.Status404NotFound, "not-found", $"Nothing of {stream} waits for a missing message.");
        }
        if (choice.Quarantined)
            return TypedResults.Ok(new { quarantined = await by.Operations.SkipQuarantined(name, who, ct) });
        if (choice.Invalid() is { } invalid)
            return invalid;
        var plan = await by.Operations.PlanSkip(name, choice.MessageIds, ct);
        if (choice.Missing(plan) is { } notThere)
            return notThere;
        var operation = preview ? null : await by.Operations.Skip(name, plan, who, ct);
        return TypedResults.Ok(new { skips = plan, operation });
    });

    private static Task<IResult> Accept(string name, Restored restored, Operator by, CancellationToken ct) => by.Acting(name, async (worker, who) =>
        await by.Operations.Accept(worker.Subscription, restored.Source ?? "", who, ct) is { } lost
            ? TypedResults.Ok(new { source = restored.Source, lost })
            : Operator.Problem(StatusCodes.Status409Conflict, "nothing-to-accept", $"No new log of {restored.Source} waits to be accepted."));

    private static Task<IResult> Replay(string name, Point? point, Operator by, CancellationToken ct) => by.Acting(name, async (worker, who) =>
    {
        if (point?.From > by.Clock.GetUtcNow())
            return Operator.Problem(StatusCodes.Status400BadRequest, "bad-request", "from lies in the future.");
        try
        {
            var refused = point?.From is { } from
                ? await by.Replays.From(worker.Subscription, from.ToUniversalTime(), who, ct)
                : await by.Replays.FromBeginning(worker.Subscription, who, ct);
            return refused is null
                ? TypedResults.Accepted($"/control/subscriptions/{name}", new { name, point?.From })
                : Operator.Problem(StatusCodes.Status409Conflict, "no-replay", refused);
        }
        catch (DependencyUnavailableException away)
        {
            return Operator.Problem(StatusCodes.Status503ServiceUnavailable, "unavailable", away.Message);
        }
    });

    /// <summary>Which messages: these, or all dead ones; to skip also what is missing in a stream, or all that is quarantined.</summary>
    internal sealed record Choice(Guid[]? MessageIds = null, bool All = false, bool OutOfOrder = false, Gap? Gap = null, bool Quarantined = false)
    {
        public IResult? Invalid() => All == MessageIds is { Length: > 0 }
            ? Operator.Problem(StatusCodes.Status400BadRequest, "bad-request", "Send either messageIds or all: true.")
            : null;

        public IResult? Missing(IEnumerable<PlannedRun> chosen) => (MessageIds ?? []).Except(chosen.Select(c => c.MessageId)).Cast<Guid?>().FirstOrDefault() is { } missing
            ? Operator.Problem(StatusCodes.Status404NotFound, "not-found", $"Message {missing} is not set aside here in a state that this applies to.")
            : null;
    }

    /// <summary>A stream in which something is missing.</summary>
    internal sealed record Gap(string? Topic, string? Source, string? Stream);

    internal sealed record Restored(string? Source);

    /// <summary>From where; null for the beginning.</summary>
    internal sealed record Point(DateTimeOffset? From = null);

    /// <summary>What the endpoints work with, and who calls.</summary>
    internal sealed record Operator(
        HttpContext Http, IEnumerable<SubscriptionWorker> Workers, ControlQueries Queries, Operations Operations, Replays Replays, Reconciliation Reconciliation,
        TimeProvider Clock)
    {
        public static ValueTask<Operator> BindAsync(HttpContext http)
        {
            T Get<T>() where T : notnull => (T)http.RequestServices.GetService(typeof(T))!;
            return ValueTask.FromResult(new Operator(http, Get<IEnumerable<SubscriptionWorker>>(), Get<ControlQueries>(), Get<Operations>(), Get<Replays>(),
                Get<Reconciliation>(), Get<TimeProvider>()));
        }

        public static IResult Problem(int status, string type, string detail) => TypedResults.Problem(detail, statusCode: status, type: "/problems/" + type);

        public async Task<IResult> With(string name, Func<SubscriptionWorker, Task<IResult>> answer) => Workers.SingleOrDefault(w => w.Subscription.Name == name) is { } worker
            ? await answer(worker)
            : Problem(StatusCodes.Status404NotFound, "not-found", "This service has no such subscription.");

        public Task<IResult> With(string name, int limit, int most, Func<Task<IResult>> answer) => With(name, _ => Within(limit, most, answer));

        public static async Task<IResult> Within(int limit, int most, Func<Task<IResult>> answer) => limit >= 1 && limit <= most
            ? await answer()
            : Problem(StatusCodes.Status400BadRequest, "bad-request", $"limit must be from 1 to {most}.");

        /// <summary>For what is recorded with who did it.</summary>
        public Task<IResult> Acting(string name, Func<SubscriptionWorker, string, Task<IResult>> act) => Acting(Http, who => With(name, worker => act(worker, who)));

        public static Task<IResult> Acting(HttpContext http, Func<string, Task<IResult>> act)
        {
            var who = http.Request.Headers.TryGetValue(ActorHeader, out var actor) ? actor.ToString() : AnyHolderOfTheToken;
            return who.Length is >= 1 and <= 128 && who.All(c => c is > ' ' and <= '~' and not '@')
                ? act(who)
                : Task.FromResult(Problem(StatusCodes.Status400BadRequest, "bad-request", $"{ActorHeader} must be an opaque id of 1 to 128 visible ASCII characters, and no mail address."));
        }
    }
}
