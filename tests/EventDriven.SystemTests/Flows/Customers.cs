using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>What a client of the services does and sees.</summary>
internal sealed class Customers(RunningSystem system)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static string NewAddress() => $"{Guid.CreateVersion7():N}@example.com";

    public async Task<HttpResponseMessage> TrySignUp(object body, string? key = null)
    {
        using var signup = system.Client("signup");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/users") { Content = JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await signup.SendAsync(request, Ct);
    }

    public async Task<Guid> SignUp(string? address = null, string name = "Ada Moreau")
    {
        using var response = await TrySignUp(new { email = address ?? NewAddress(), name });
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Ct))!["userId"]!.GetValue<Guid>();
    }

    public async Task<JsonArray> Mails(Guid user) => (await Get("email", $"/users/{user}/mails"))!.AsArray();

    public async Task<JsonNode?> Profile(Guid user) => await Get("recommendations", $"/users/{user}");

    /// <summary>Everything that a service has published to a topic, from its own log.</summary>
    public async Task<IReadOnlyList<JsonNode>> Published(string service, string topic)
    {
        using var backfill = system.Backfill(service);
        List<JsonNode> messages = [];
        for (var next = $"/log/messages?topic={topic}&limit=1000"; next is not null;)
        {
            using var page = await backfill.GetAsync(next, Ct);
            page.EnsureSuccessStatusCode();
            messages.AddRange((await page.Content.ReadFromJsonAsync<JsonArray>(Ct))!.Select(message => message!));
            next = page.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }
        return messages;
    }

    public async Task<JsonNode?> ControlGet(string service, string path)
    {
        using var control = system.Control(service);
        return await control.GetFromJsonAsync<JsonNode>(path, Ct);
    }

    private async Task<JsonNode?> Get(string service, string path)
    {
        using var client = system.Client(service);
        using var response = await client.GetAsync(path, Ct);
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonNode>(Ct) : null;
    }
}
