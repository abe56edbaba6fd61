namespace EventDriven.Traffic.Customers;

/// <summary>Somebody who signs up, with a name and an address that are nobody's.</summary>
internal sealed class SignUpCustomer(HttpClient signup)
{
    private static readonly string[] First = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Katherine", "Leslie", "Radia", "Tony"];
    private static readonly string[] Last = ["Moreau", "Okafor", "Lind", "Tanaka", "Silva", "Novak", "Haddad", "Byrne", "Petrov", "Ruiz"];

    public async Task Act(CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/users")
        {
            Content = JsonContent.Create(new { email = $"{id:N}@example.com", name = $"{Pick(First)} {Pick(Last)}" }),
            Headers = { { "Idempotency-Key", id.ToString() } }, // so that the standard retry is safe
        };
        using var response = await signup.SendAsync(request, ct);
        response.EnsureSuccessStatusCode();
    }

    private static string Pick(string[] names) => names[Random.Shared.Next(names.Length)];
}
