using System.Net;
using System.Text.Json;
using EventDriven.Orders.Rules;

namespace EventDriven.Orders.Payments;

/// <summary>How a payment stands for ever: null where it went through, else why not.</summary>
internal sealed record PaymentAnswer(string? Refusal)
{
    public static PaymentAnswer Succeeded { get; } = new(Refusal: null);

    public OrderCommand Command => Refusal is { } reason ? new RejectOrder(reason) : new ConfirmOrder();
}

/// <summary>
/// Asks Payments for an answer now, under a key made from the order and never a client's. Null when none came: the money may have been
/// taken or not.
/// </summary>
internal sealed partial class PaymentsClient(HttpClient http, ILogger<PaymentsClient> logger)
{
    /// <summary>The reason of an order whose payment was taken back because nobody could say how it ended.</summary>
    public const string Unavailable = "payment-unavailable";

    /// <summary>Takes the money.</summary>
    public Task<PaymentAnswer?> Pay(Order order, CancellationToken ct) => Ask(HttpMethod.Post, "/payments", order.Id,
        new { OrderId = order.Id, order.UserId, order.AccountId, Amount = order.Total, order.Currency }, (status, body) => status switch
        {
            HttpStatusCode.Created => PaymentAnswer.Succeeded,
            HttpStatusCode.PaymentRequired => Refused(body.GetProperty("reason").GetString()!),
            _ => null,
        }, ct);

    /// <summary>How the payment has ended, if it has.</summary>
    public Task<PaymentAnswer?> Find(Order order, CancellationToken ct) => Ask(HttpMethod.Get, $"/payments?orderId={order.Id}", order.Id, content: null, (status, body) =>
        (status, status == HttpStatusCode.OK ? body.GetProperty("status").GetString() : null) switch
        {
            (_, "succeeded") => PaymentAnswer.Succeeded,
            (_, "failed") => Refused(body.GetProperty("reason").GetString()!),
            _ => null,
        }, ct);

    /// <summary>Takes the payment back, unless its money has been taken.</summary>
    public Task<PaymentAnswer?> Cancel(Order order, CancellationToken ct) => Ask(HttpMethod.Post, "/payments/cancel", order.Id,
        new { OrderId = order.Id, order.AccountId }, (status, body) =>
        (status, status == HttpStatusCode.OK ? body.GetProperty("status").GetString() : null) switch
        {
            (_, "succeeded") => PaymentAnswer.Succeeded,
            (_, "cancelled") => Refused(Unavailable),
            _ => null,
        }, ct);

    /// <summary>A payment that was taken back is the same to a client, whoever found it so.</summary>
    private static PaymentAnswer Refused(string reason) => new(reason == "cancelled" ? Unavailable : reason);

    private async Task<PaymentAnswer?> Ask(
        HttpMethod method, string path, Guid orderId, object? content, Func<HttpStatusCode, JsonElement, PaymentAnswer?> understand, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = content is null ? null : JsonContent.Create(content),
            Headers = { { "Idempotency-Key", $"order-{orderId}" } },
        };
        try
        {
            using var response = await http.SendAsync(request, ct);
            var understood = understand(response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(ct));
            if (understood is null)
                Answered(method, path, orderId, (int)response.StatusCode);
            return understood;
        }
        catch (Exception failure) when (Unanswered.Is(failure))
        {
            NoAnswer(method, path, orderId, failure.Message);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Method} {Path} for order {OrderId}: {Status}, which settles nothing")]
    private partial void Answered(HttpMethod method, string path, Guid orderId, int status);

    [LoggerMessage(LogLevel.Warning, "{Method} {Path} for order {OrderId}: no answer, {Reason}")]
    private partial void NoAnswer(HttpMethod method, string path, Guid orderId, string reason);
}
