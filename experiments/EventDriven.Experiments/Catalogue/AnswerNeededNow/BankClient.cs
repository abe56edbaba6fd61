using System.Net;
using System.Net.Http.Json;

namespace EventDriven.Experiments.Catalogue.AnswerNeededNow;

/// <summary>The real Accounts, as a payment service uses it.</summary>
internal sealed class BankClient(HttpClient accounts)
{
    private const string Currency = "EUR";

    public async Task<Guid> Open(long balance, CancellationToken ct)
    {
        using var opened = await accounts.PostAsJsonAsync("/accounts", new { ownerId = Guid.CreateVersion7(), currency = Currency }, ct);
        var account = (await opened.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Opened>(ct))!.AccountId;
        using var deposited = await Move(account, "deposits", balance, Guid.CreateVersion7().ToString(), ct);
        deposited.EnsureSuccessStatusCode();
        return account;
    }

    /// <summary>Whether the money was there. Asked again with the same order it answers the same.</summary>
    public async Task<bool> Withdraw(Guid account, long amount, Guid order, CancellationToken ct)
    {
        using var answer = await Move(account, "withdrawals", amount, $"order-{order}", ct);
        return answer.StatusCode == HttpStatusCode.Conflict ? false : answer.EnsureSuccessStatusCode().IsSuccessStatusCode;
    }

    public async Task<long> Balance(Guid account, CancellationToken ct) => (await accounts.GetFromJsonAsync<View>($"/accounts/{account}", ct))!.Balance;

    private async Task<HttpResponseMessage> Move(Guid account, string what, long amount, string key, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/accounts/{account}/{what}") { Content = JsonContent.Create(new { amount, currency = Currency }) };
        request.Headers.Add("Idempotency-Key", key);
        return await accounts.SendAsync(request, ct);
    }

    private sealed record Opened(Guid AccountId);

    private sealed record View(long Balance);
}
