using System.Net.Http.Json;
using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.Coupling;

/// <summary>An order was taken.</summary>
internal sealed record OrderTaken(Guid OrderId);

/// <summary>The same, told to nobody: its mail was sent by a call already.</summary>
internal sealed record OrderWritten(Guid OrderId);

/// <summary>Takes orders, and everybody who orders shall get a mail. One process, two compositions of the same two services.</summary>
internal static class Desk
{
    /// <summary>How long it waits for the other service: longer than customers like.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static MessageTypes Types(string name) =>
    [
        MessageType.Published<OrderTaken>($"{name}.order-taken.v1", name + ".events"),
        MessageType.Private<OrderWritten>($"{name}.order-written.v1"),
    ];

    public static Task<LabService> Start(Lab lab, string name, string mail, CancellationToken ct) => LabService.Start(lab, name, Types(name), builder =>
    {
        builder.AddMessaging();
        builder.Services.AddHttpClient(mail, client => (client.BaseAddress, client.Timeout) = (new($"http://{mail}"), Patience));
    }, app =>
    {
        app.MapMessaging();
        app.MapPost("/by-call/{order:guid}", ByCall);
        app.MapPost("/by-event/{order:guid}", ByEvent);

        async Task<Results<Created, StatusCodeHttpResult>> ByCall(Guid order, IHttpClientFactory clients, EventLog log, CancellationToken aborted)
        {
            using var client = clients.CreateClient(mail);
            try
            {
                using var answer = await client.PostAsJsonAsync($"/mails/{order}", new { }, aborted);
                answer.EnsureSuccessStatusCode();
            }
            catch (Exception away) when (away is HttpRequestException or TaskCanceledException) // what a caller without events can do: say no
            {
                return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
            }
            await Take(log, order, new OrderWritten(order));
            return TypedResults.Created();
        }

        async Task<Created> ByEvent(Guid order, EventLog log)
        {
            await Take(log, order, new OrderTaken(order));
            return TypedResults.Created();
        }
    }, ct);

    // Both write the order down the same way.
    private static Task Take(EventLog log, Guid order, object taken) =>
        log.Append(new("order", order), ExpectedVersion.NoStream, Cause.Begin(), [new(taken)], [], CancellationToken.None);
}
