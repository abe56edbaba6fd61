using System.Globalization;
using System.Threading.RateLimiting;
using EventDriven.Log;
using EventDriven.Messaging.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging.Control;

/// <summary>
/// What this service has published, with the ids and sequences of the wire, as a CloudEvents batch: for a subscriber that misses
/// something, or that comes after the topics have forgotten.
/// </summary>
internal static class BackfillEndpoint
{
    public const int MostMessages = 1_000;

    extension(IEndpointRouteBuilder app)
    {
        public void MapBackfill()
        {
            var log = app.MapGroup("/log").WithTags("Log").AllowAnonymous()
                .AddEndpointFilter(BearerToken.Required(http => http.RequestServices.GetRequiredService<IOptions<BackfillOptions>>().Value.Token));
            log.MapGet("/messages", Backfill).WithSummary("What was published to a topic; rel=next holds the next page, absent at the head");
            log.MapGet("/published", Published).WithSummary("How many messages were published to a topic, up to the position given");
        }
    }

    private static async Task<IResult> Backfill(
        string topic, EventLog log, BackfillRate rate, HttpResponse response, CancellationToken ct, string? stream = null, long after = 0, int limit = 500)
    {
        if (limit is < 1 or > MostMessages || after < 0)
            return BadRequest($"limit must be from 1 to {MostMessages} and after not negative.");
        if (log.Types.All(t => t.Topic != topic))
            return TypedResults.Problem($"This service publishes nothing to {topic}.", statusCode: StatusCodes.Status404NotFound, type: "/problems/not-found");

        IReadOnlyList<RecordedEvent> events;
        if (stream is null)
            events = await log.Reader.Published(topic, after, limit + 1, ct);
        else if (StreamName.TryParse(stream, out var name))
            events = await Alone(topic, name, after, log.Reader, ct) ?? await log.Reader.Published(topic, name, after, limit + 1, ct);
        else
            return BadRequest($"'{stream}' is no stream name.");

        if (!await rate.Take(Math.Min(events.Count, limit), ct))
            return TypedResults.Problem("Over the rate that backfill may take; try again.", statusCode: StatusCodes.Status429TooManyRequests, type: "/problems/rate");
        if (events.Count > limit)
        {
            events = [.. events.Take(limit)];
            var next = stream is null ? events[^1].Position : events[^1].Sequence;
            var ofStream = stream is null ? "" : $"&stream={Uri.EscapeDataString(stream)}";
            response.Headers.Link = string.Create(CultureInfo.InvariantCulture, $"</log/messages?topic={Uri.EscapeDataString(topic)}{ofStream}&after={next}&limit={limit}>; rel=\"next\"");
        }
        return TypedResults.Bytes(WireBatch.Write(events, log.Source), WireBatch.ContentType);
    }

    /// <summary>A message without order, which is a stream of its own.</summary>
    private static async Task<IReadOnlyList<RecordedEvent>?> Alone(string topic, StreamName stream, long after, LogReader reader, CancellationToken ct) =>
        after == 0 && stream.ToString() == WireMessage.Alone(stream.Id) && await reader.OfMessage(stream.Id, ct) is { Sequence: null, Position: not null } alone && alone.Topic == topic
            ? [alone] : null;

    private static async Task<IResult> Published(string topic, ControlQueries queries, CancellationToken ct) => TypedResults.Ok(await queries.Published(topic, ct));

    private static IResult BadRequest(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest, type: "/problems/bad-request");
}

/// <summary>The share of the service's time that backfill may take.</summary>
internal sealed class BackfillRate(IOptions<MessagingOptions> options) : IDisposable
{
    private const int BucketsPerSecond = 10;
    private readonly TokenBucketRateLimiter _bucket = new(new()
    {
        TokenLimit = Math.Max(options.Value.BackfillMessagesPerSecond, BackfillEndpoint.MostMessages),
        TokensPerPeriod = Math.Max(1, options.Value.BackfillMessagesPerSecond / BucketsPerSecond),
        ReplenishmentPeriod = TimeSpan.FromSeconds(1.0 / BucketsPerSecond),
        QueueLimit = options.Value.BackfillMessagesPerSecond * 2,
        AutoReplenishment = true,
    });

    public async Task<bool> Take(int messages, CancellationToken ct)
    {
        using var lease = await _bucket.AcquireAsync(messages, ct);
        return lease.IsAcquired;
    }

    public void Dispose() => _bucket.Dispose();
}
