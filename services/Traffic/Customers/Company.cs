using System.Net;
using System.Text.Json.Nodes;

namespace EventDriven.Traffic.Customers;

/// <summary>The company as its customers know it: three addresses, and what they say. Each call carries a key, so that the standard retry is safe.</summary>
internal sealed class Company(IHttpClientFactory clients)
{
    public const string Signup = "signup", Accounts = "accounts", Orders = "orders";

    public async Task<Guid> SignUp(Person person, CancellationToken ct) =>
        Id(await Ask(Signup, "/users", new { person.Email, person.Name }, ct), "userId");

    public async Task<Guid> OpenAccount(Guid owner, string currency, CancellationToken ct) =>
        Id(await Ask(Accounts, "/accounts", new { OwnerId = owner, Currency = currency }, ct), "accountId");

    public Task Deposit(Guid account, long amount, string currency, CancellationToken ct) =>
        Ask(Accounts, $"/accounts/{account}/deposits", new { Amount = amount, Currency = currency }, ct);

    /// <summary>False when the payment does not go through.</summary>
    public async Task<bool> Order(Guid user, Guid account, Basket basket, CancellationToken ct) =>
        await Ask(Orders, "/orders", new { UserId = user, AccountId = account, basket.Currency, basket.Lines }, ct) is not null;

    /// <summary>Null for 402; anything else that is no success is thrown.</summary>
    private async Task<JsonNode?> Ask(string service, string path, object body, CancellationToken ct)
    {
        using var client = clients.CreateClient(service);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = JsonContent.Create(body),
            Headers = { { "Idempotency-Key", Guid.CreateVersion7().ToString() } },
        };
        using var response = await client.SendAsync(request, ct);
        if (response.StatusCode is HttpStatusCode.PaymentRequired)
            return null;
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonNode>(ct);
    }

    private static Guid Id(JsonNode? answer, string name) => answer?[name]?.GetValue<Guid>() ?? throw new HttpRequestException($"The answer has no {name}.");
}
