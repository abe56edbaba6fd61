using System.Net;
using System.Text.Json;
using EventDriven.Payments.Rules;

namespace EventDriven.Payments.Accounts;

/// <summary>What the account did: null where it gave the money, else why not.</summary>
internal sealed record Withdrawal(string? Refusal);

/// <summary>
/// Asks Accounts for an answer now. Each order's withdrawal has one key, made from the order and never a client's, so that it is carried
/// out at most once whoever repeats what, and can be taken back by name.
/// </summary>
internal sealed partial class AccountsClient(HttpClient http, ILogger<AccountsClient> logger)
{
    private const string UnknownAccount = "unknown-account";

    /// <summary>Null when no answer came: the money may have been taken or not.</summary>
    public Task<Withdrawal?> Withdraw(Payment payment, CancellationToken ct) =>
        Ask($"/accounts/{payment.AccountId}/withdrawals", new { payment.Amount, payment.Currency }, payment.OrderId, async response => response.StatusCode switch
        {
            HttpStatusCode.OK => new Withdrawal(Refusal: null),
            HttpStatusCode.Conflict => new Withdrawal((await Read(response, ct)).GetProperty("reason").GetString()),
            HttpStatusCode.NotFound when await IsUnknownAccount(response, ct) => new Withdrawal(UnknownAccount),
            _ => null,
        }, ct);

    /// <summary>Takes the withdrawal back: true when it will never be, false when it has been carried out, null when no answer came.</summary>
    public Task<bool?> CancelWithdrawal(Guid accountId, Guid orderId, CancellationToken ct) =>
        Ask<bool?>($"/accounts/{accountId}/withdrawals/cancel", body: null, orderId, async response => response.StatusCode switch
        {
            HttpStatusCode.OK => (await Read(response, ct)).GetProperty("status").GetString() == "cancelled",
            HttpStatusCode.NotFound when await IsUnknownAccount(response, ct) => true,
            _ => null,
        }, ct);

    private async Task<T?> Ask<T>(string path, object? body, Guid orderId, Func<HttpResponseMessage, Task<T?>> understand, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
            Headers = { { "Idempotency-Key", $"order-{orderId}" } },
        };
        try
        {
            using var response = await http.SendAsync(request, ct);
            var understood = await understand(response);
            if (understood is null)
                NoAnswer(orderId, $"it answered {(int)response.StatusCode}");
            return understood;
        }
        catch (Exception failure) when (Unanswered.Is(failure) && !ct.IsCancellationRequested)
        {
            NoAnswer(orderId, failure.Message);
            return default;
        }
    }

    /// <summary>Not everything that says 404 is Accounts: a gateway does so where nobody listens.</summary>
    private static async Task<bool> IsUnknownAccount(HttpResponseMessage response, CancellationToken ct) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json"
        && (await Read(response, ct)).GetProperty("type").GetString() == "/problems/not-found";

    private static Task<JsonElement> Read(HttpResponseMessage response, CancellationToken ct) => response.Content.ReadFromJsonAsync<JsonElement>(ct);

    [LoggerMessage(LogLevel.Warning, "No answer from Accounts for order {OrderId}: {Reason}")]
    private partial void NoAnswer(Guid orderId, string reason);
}
