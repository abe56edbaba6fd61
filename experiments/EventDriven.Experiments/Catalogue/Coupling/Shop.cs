using System.Diagnostics;
using System.Net.Http.Json;
using EventDriven.Experiments.Laboratory;

namespace EventDriven.Experiments.Catalogue.Coupling;

/// <summary>The checkout of one copy of the system, and a customer with enough money.</summary>
internal sealed class Shop : IDisposable
{
    private const long Price = 42_00, Money = 1_000_000_000;
    private readonly Lab _lab;
    private readonly HttpClient _orders;
    private readonly (Guid User, Guid Account) _customer;

    private Shop(Lab lab, (Guid, Guid) customer) => (_lab, _orders, _customer) = (lab, lab.Client("orders"), customer);

    public static async Task<Shop> Open(Lab lab, CancellationToken ct)
    {
        await lab.Start(ct, "signup", "accounts", "payments", "orders", "email", "recommendations", "fulfilment");
        var user = (await Made<User>(lab, "signup", "/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ada Moreau" }, ct)).UserId;
        var account = (await Made<Account>(lab, "accounts", "/accounts", new { ownerId = user, currency = "EUR" }, ct)).AccountId;
        await Made<Account>(lab, "accounts", $"/accounts/{account}/deposits", new { amount = Money, currency = "EUR" }, ct);
        return new(lab, (user, account));
    }

    /// <summary>Orders something; how long the customer waited, and whether the answer was yes.</summary>
    public async Task<(double Ms, bool Taken)> Order(CancellationToken ct)
    {
        var order = new { userId = _customer.User, accountId = _customer.Account, currency = "EUR", lines = new[] { new { sku = "kettle-1", quantity = 1, unitPrice = Price } } };
        using var request = Post("/orders", order);
        var started = Stopwatch.GetTimestamp();
        using var answer = await _orders.SendAsync(request, ct);
        return (Stopwatch.GetElapsedTime(started).TotalMilliseconds, answer.IsSuccessStatusCode);
    }

    /// <summary>Orders that were placed and whose customer has not been written to.</summary>
    public async Task<long> MailsMissing() =>
        await _lab.Scalar("orders", "select count(*) from log.events where type = 'orders.order-placed.v1'")
        - await _lab.Scalar("email", "select count(distinct causation_id) from log.events where type = 'email.email-sent.v1' and convert_from(data, 'UTF8')::json ->> 'template' = 'order-placed'");

    /// <summary>Orders of which nobody knows yet what becomes of them.</summary>
    public Task<long> Unsettled() => _lab.Scalar("orders", """
        select count(*) from log.events r where r.type = 'orders.order-requested.v1'
            and not exists (select from log.events e where e.stream = r.stream and e.version > r.version)
        """);

    public void Dispose() => _orders.Dispose();

    private static async Task<T> Made<T>(Lab lab, string service, string path, object body, CancellationToken ct)
    {
        using var client = lab.Client(service);
        using var request = Post(path, body);
        using var answer = await client.SendAsync(request, ct);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<T>(ct))!;
    }

    private static HttpRequestMessage Post(string path, object body) =>
        new(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", Guid.CreateVersion7().ToString() } } };

    private sealed record User(Guid UserId);

    private sealed record Account(Guid AccountId);
}
