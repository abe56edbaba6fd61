using System.Net.Http.Headers;
using EventDriven.Log;
using EventDriven.Messaging.Control;
using EventDriven.Messaging.Wire;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging.Direct;

/// <summary>
/// For a sender that brings its messages to each receiver itself, as the synchronous rival of a publisher does: it must know them all, and
/// waits for the slowest.
/// </summary>
public sealed class DirectMessages
{
    private readonly EventLog _log;
    private readonly string _token;

    internal DirectMessages(EventLog log, IOptions<BackfillOptions> options) => (_log, _token) = (log, options.Value.Token);

    /// <summary>A request that brings an event of this service's log; it may be repeated.</summary>
    /// <param name="recorded">The event.</param>
    public HttpRequestMessage Bring(RecordedEvent recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var content = new ByteArrayContent(WireBatch.Write([recorded], _log.Source));
        content.Headers.ContentType = new MediaTypeHeaderValue(WireBatch.ContentType);
        return new HttpRequestMessage(HttpMethod.Post, DirectEndpoint.Path)
        {
            Content = content,
            Headers = { { "Idempotency-Key", recorded.MessageId.ToString() }, { "Authorization", "Bearer " + _token } },
        };
    }
}
