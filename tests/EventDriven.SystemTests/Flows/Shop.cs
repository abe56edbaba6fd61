using System.Net;
using System.Net.Http.Json;
using EventDriven.SystemTests.Support;
using Npgsql;

namespace EventDriven.SystemTests.Flows;

/// <summary>What a client of Orders and Payments does and sees.</summary>
internal sealed class Shop(RunningSystem system)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static object Order(Guid user, Guid account, long total, string currency = Bank.Eur) =>
        new { userId = user, accountId = account, currency, lines = new[] { new { sku = "kettle-1", quantity = 1, unitPrice = total } } };

    public Task<Answer> Place(object order, string? key = null) => Send("orders", HttpMethod.Post, "/orders", JsonContent.Create(order), key ?? Bank.NewKey());

    /// <summary>Asks again with the same key until there is a last word, as a client does whose order got no answer or whose connection broke.</summary>
    public Task<Answer> PlaceAtLast(object order, string key) => Eventually.Get(async () =>
    {
        try
        {
            return await Place(order, key);
        }
        catch (HttpRequestException)
        {
            return new Answer(HttpStatusCode.ServiceUnavailable, "", null, null);
        }
    }, answer => answer.Status is HttpStatusCode.Created or HttpStatusCode.PaymentRequired, "the order is settled", TimeSpan.FromSeconds(60));

    public Task<Answer> Get(Guid order) => Send("orders", HttpMethod.Get, $"/orders/{order}");

    public Task<Answer> Orders(string query) => Send("orders", HttpMethod.Get, $"/orders?{query}");

    public Task<Answer> Pay(Guid order, Guid account, long amount, string? key = "a-key", Guid? user = null) => Send("payments", HttpMethod.Post, "/payments",
        JsonContent.Create(new { orderId = order, userId = user ?? Guid.CreateVersion7(), accountId = account, amount, currency = Bank.Eur }), key);

    public Task<Answer> Payment(Guid order) => Send("payments", HttpMethod.Get, $"/payments?orderId={order}");

    public async Task<Answer> Send(string service, HttpMethod method, string path, HttpContent? content = null, string? key = null)
    {
        using var client = system.Client(service);
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await client.SendAsync(request, Ct);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(Ct), response.Content.Headers.ContentType?.MediaType,
            response.Headers.TryGetValues("X-Stream-Version", out var versions) ? versions.Single() : null);
    }

    /// <summary>What a service has said in one stream, private events included: the names of their types in order.</summary>
    public Task<IReadOnlyList<string>> Events(string service, string stream) => Rows(service, "select type from log.events where stream = $1 order by version", row => row.GetString(0), stream);

    /// <summary>The journeys that the events of a stream belong to, in order.</summary>
    public Task<IReadOnlyList<Guid>> Journeys(string service, string stream) =>
        Rows(service, "select correlation_id from log.events where stream = $1 order by version", row => row.GetGuid(0), stream);

    /// <summary>How many orders were ever begun: the first thing that is said of each.</summary>
    public async Task<long> Begun() =>
        (await Rows("orders", "select count(*) from log.events where type = $1", row => row.GetInt64(0), "orders.order-requested.v1")).Single();

    private async Task<IReadOnlyList<T>> Rows<T>(string service, string sql, Func<NpgsqlDataReader, T> read, string parameter)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(system.Postgres) { Database = service, Pooling = false }.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = parameter } } };
        await using var row = await command.ExecuteReaderAsync(Ct);
        List<T> rows = [];
        while (await row.ReadAsync(Ct))
            rows.Add(read(row));
        return rows;
    }

    /// <summary>
    /// No money is taken for an order that does not exist: the order and its payment say the same, each once, the account of this one order
    /// has paid for it or not, and what is paid ships once.
    /// </summary>
    public async Task AssertAllAgree(Guid order, Guid account, long deposited)
    {
        var view = (await Get(order)).Body!;
        var status = view["status"]!.GetValue<string>();
        Assert.Contains(status, (string[])["placed", "shipped", "rejected"]);
        var isPaid = status is not "rejected";
        Assert.Equal(deposited - (isPaid ? view["total"]!.GetValue<long>() : 0), await new Bank(system).Balance(account));
        var payment = await Payment(order);
        var payments = payment.Status == HttpStatusCode.NotFound ? [] : await Events("payments", $"payment-{payment.Body!["paymentId"]}");
        Assert.Equal(isPaid ? 1 : 0, payments.Count(type => type == "payments.payment-succeeded.v1"));
        Assert.InRange(payments.Count(type => type == "payments.payment-failed.v1"), 0, isPaid ? 0 : 1);
        if (isPaid)
            await Eventually.Equal("shipped", async () => (await Get(order)).State, "the order", TimeSpan.FromSeconds(60));
        Assert.Equal(isPaid ? 1 : 0, (await Events("fulfilment", $"fulfilment-{order}")).Count(type => type == "fulfilment.order-shipped.v1"));
        Assert.Equal(["orders.order-requested.v1", isPaid ? "orders.order-placed.v1" : "orders.order-rejected.v1"], (await Events("orders", $"order-{order}")).Take(2));
    }
}
