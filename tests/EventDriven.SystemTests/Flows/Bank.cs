using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>What a client of Accounts does and sees.</summary>
internal sealed class Bank(RunningSystem system)
{
    public const string Eur = "EUR";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static string NewKey() => Guid.CreateVersion7().ToString();

    public async Task<Guid> Open(string currency = Eur)
    {
        var opened = await Post("/accounts", new { ownerId = Guid.CreateVersion7(), currency });
        Assert.Equal(HttpStatusCode.Created, opened.Status);
        return opened.Body!["accountId"]!.GetValue<Guid>();
    }

    /// <summary>An account with money on it.</summary>
    public async Task<Guid> OpenWith(long amount, string currency = Eur)
    {
        var account = await Open(currency);
        Assert.Equal(HttpStatusCode.OK, (await Deposit(account, amount, currency)).Status);
        return account;
    }

    public Task<Answer> Deposit(Guid account, long amount, string currency = Eur, string? key = null, DateTimeOffset? effectiveAt = null) =>
        Post($"/accounts/{account}/deposits", new { amount, currency, effectiveAt }, key ?? NewKey());

    public Task<Answer> Withdraw(Guid account, long amount, string currency = Eur, string? key = null, DateTimeOffset? effectiveAt = null) =>
        Post($"/accounts/{account}/withdrawals", new { amount, currency, effectiveAt }, key ?? NewKey());

    public Task<Answer> Do(Guid account, string verb, string? key = null) => Post($"/accounts/{account}/{verb}", body: null, key ?? NewKey());

    public Task<Answer> Transfer(Guid from, Guid to, long amount, string currency = Eur, string? key = null) =>
        Post("/transfers", new { from, to, amount, currency }, key ?? NewKey());

    public Task<Answer> Cancel(Guid account, string key) => Post($"/accounts/{account}/withdrawals/cancel", body: null, key);

    public async Task<long> Balance(Guid account, string query = "") => (await Get($"/accounts/{account}{query}")).Body!["balance"]!.GetValue<long>();

    public async Task Ends(Answer pending, string status) => await Eventually.Get(
        async () => (await Get($"/transfers/{pending.TransferId}")).State, state => state == status, $"the transfer is {status}");

    public async Task AssertBalances(params (Guid Account, long Balance)[] expected)
    {
        foreach (var (account, balance) in expected)
            Assert.Equal(balance, await Balance(account));
    }

    /// <summary>No event came to the account after this one.</summary>
    public async Task AssertUntouched(Guid account, long version) =>
        Assert.Equal(version, (await Get($"/accounts/{account}")).Body!["version"]!.GetValue<long>());

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path, content: null, key: null);

    public Task<Answer> Post(string path, object? body, string? key = null) =>
        Send(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body), key);

    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content, string? key)
    {
        using var client = system.Client("accounts");
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await client.SendAsync(request, Ct);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(Ct), response.Content.Headers.ContentType?.MediaType,
            response.Headers.TryGetValues("X-Stream-Version", out var versions) ? versions.Single() : null);
    }

}

/// <summary>What came back; two are equal when a client cannot tell them apart.</summary>
internal sealed record Answer(HttpStatusCode Status, string Text, string? MediaType, string? StreamVersion)
{
    public JsonNode? Body => Text.Length == 0 ? null : JsonNode.Parse(Text);

    /// <summary>Why it was refused, for programs.</summary>
    public string? Reason => Body?["reason"]?.GetValue<string>();

    public Guid TransferId => Body?["transferId"]?.GetValue<Guid>() ?? Guid.Empty; // a failing assertion prints all properties

    /// <summary>The status that the body tells; problem details have a number there.</summary>
    public string? State => Body?["status"] is { } status && status.GetValueKind() == JsonValueKind.String ? status.GetValue<string>() : null;

    public static void AssertRefused(string reason, Answer answer)
    {
        AssertProblem(HttpStatusCode.Conflict, answer);
        Assert.Equal(reason, answer.Reason);
    }

    public static void AssertProblem(HttpStatusCode status, Answer answer)
    {
        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Equal((int)status, answer.Body!["status"]!.GetValue<int>());
        Assert.False(string.IsNullOrEmpty(answer.Body["type"]!.GetValue<string>()));
    }
}
