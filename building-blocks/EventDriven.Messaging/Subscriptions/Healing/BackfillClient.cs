using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using EventDriven.Log;
using EventDriven.Messaging.Control;
using EventDriven.Messaging.Wire;
using Microsoft.Extensions.Options;

namespace EventDriven.Messaging.Subscriptions.Healing;

/// <summary>Reads what another service has published from its own log. A service is found by its source's name.</summary>
internal sealed class BackfillClient(IHttpClientFactory clients, IOptions<BackfillOptions> options)
{
    /// <summary>The name of the HTTP client that it uses.</summary>
    public const string Name = "backfill";

    /// <summary>One page of everything a source has published to a topic after a position.</summary>
    /// <exception cref="DependencyUnavailableException">The service does not answer as it should; it is worth trying again.</exception>
    public Task<BackfillPage> Everything(string source, string topic, long after, CancellationToken ct, int limit = BackfillEndpoint.MostMessages) =>
        Read(source, Query(topic, stream: null, after, limit), ct);

    /// <summary>One page of what a stream has published to a topic after a sequence.</summary>
    /// <inheritdoc cref="Everything" path="/exception"/>
    public Task<BackfillPage> OfStream(string source, string topic, string stream, long after, CancellationToken ct) =>
        Read(source, Query(topic, stream, after, BackfillEndpoint.MostMessages), ct);

    private static string Query(string topic, string? stream, long after, int limit) => string.Create(CultureInfo.InvariantCulture,
        $"/log/messages?topic={Uri.EscapeDataString(topic)}{(stream is null ? "" : "&stream=" + Uri.EscapeDataString(stream))}&after={after}&limit={limit}");

    /// <summary>How many messages a source has published to a topic.</summary>
    /// <inheritdoc cref="Everything" path="/exception"/>
    public Task<PublishedCount> Published(string source, string topic, CancellationToken ct) => Ask(source, $"/log/published?topic={Uri.EscapeDataString(topic)}",
        async response => await response.Content.ReadFromJsonAsync<PublishedCount>(EventLog.Json, ct) ?? throw new InvalidDataException("an empty answer"), ct);

    private Task<BackfillPage> Read(string source, string query, CancellationToken ct) => Ask(source, query, async response =>
    {
        var messages = WireBatch.Read(await response.Content.ReadAsByteArrayAsync(ct));
        return new BackfillPage(messages, response.Headers.TryGetValues("Link", out var links) ? Next(links.First()) : null);
    }, ct);

    private async Task<T> Ask<T>(string source, string pathAndQuery, Func<HttpResponseMessage, Task<T>> read, CancellationToken ct)
    {
        var service = source.TrimStart('/');
        try
        {
            using var client = clients.CreateClient(Name);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https+http://{service}{pathAndQuery}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.Token);
            using var response = await client.SendAsync(request, ct);
            response.EnsureSuccessStatusCode();
            return await read(response);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested) // whatever goes wrong there: nothing is lost by asking again
        {
            throw new DependencyUnavailableException($"The backfill of {service}", failure);
        }
    }

    /// <summary>The link's <c>after</c>: where the next page begins.</summary>
    private static long Next(string link)
    {
        const string Parameter = "&after=";
        var from = link.IndexOf(Parameter, StringComparison.Ordinal) + Parameter.Length;
        return long.Parse(link.AsSpan(from, link.AsSpan(from).IndexOfAnyExceptInRange('0', '9')), NumberStyles.None, CultureInfo.InvariantCulture);
    }
}

/// <summary>A page; Next is where the following one begins, null at the head.</summary>
internal sealed record BackfillPage(IReadOnlyList<WireMessage> Messages, long? Next);
