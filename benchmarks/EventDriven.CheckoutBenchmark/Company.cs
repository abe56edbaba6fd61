using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using EventDriven.CheckoutBenchmark.Replicas;

namespace EventDriven.CheckoutBenchmark;

/// <summary>A copy of the whole system that belongs to this run alone, with customers who have signed up and have money.</summary>
internal sealed class Company : IAsyncDisposable
{
    private const int CustomerCount = 200;
    private const long Money = 1_000_000_000_000;
    private const string ControlToken = "a-control-token-for-benchmarks";
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(5), RestsWithin = TimeSpan.FromMinutes(5), LooksEvery = TimeSpan.FromMilliseconds(500);

    private readonly string _folder;
    private readonly DistributedApplication _app;
    private readonly HttpClient _orders;
    private readonly ConcurrentBag<Guid> _placed = [];
    private Customer[] _customers = [];
    private int _next, _undecided;

    private Company(DistributedApplication app, string folder, Fleet? fleet)
    {
        (_app, _folder, Fleet) = (app, folder, fleet);
        _orders = Client("orders");
    }

    private sealed record Customer(Guid User, Guid Account);

    /// <summary>Those who only hear of orders.</summary>
    public static string[] Listeners { get; } = ["email", "recommendations", "fulfilment", "insights"];

    /// <summary>The processes of each service, where there are several.</summary>
    public Fleet? Fleet { get; }

    /// <summary>The orders that were answered as placed.</summary>
    public IReadOnlyCollection<Guid> Placed => _placed;

    /// <summary>How many orders were answered with neither yes nor no: what becomes of them is decided later.</summary>
    public int Undecided => Volatile.Read(ref _undecided);

    /// <summary>The server's superuser.</summary>
    public string Postgres { get; private set; } = "";

    public string Kafka { get; private set; } = "";

    public static async Task<Company> Start(string kafkaHome, bool isSynchronous, int replicas = 1, string? telemetry = null)
    {
        using var timeout = new CancellationTokenSource(StartsWithin);
        var folder = Directory.CreateTempSubdirectory("eventdriven-checkout-").FullName;
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.EventDriven_AppHost>(
        [
            $"--KAFKA_HOME={kafkaHome}", $"--Data:Directory={folder}", "--Traffic:Rate=0", $"--Parameters:control-token={ControlToken}",
            $"--Orders:Composition={(isSynchronous ? "synchronous" : "events")}",
        ], timeout.Token);
        var fleet = replicas > 1 ? await Fleet.AddTo(builder, replicas) : null;
        foreach (var project in telemetry is null ? [] : builder.Resources.OfType<ProjectResource>().Where(p => p.Name is not ("setup" or "dashboard")).ToArray())
            builder.CreateResourceBuilder(project).WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", telemetry).WithEnvironment("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        var app = await builder.BuildAsync(timeout.Token);
        await app.StartAsync(timeout.Token);
        foreach (var project in builder.Resources.OfType<ProjectResource>().Where(p => p.Name != "setup"))
            await app.ResourceNotifications.WaitForResourceHealthyAsync(project.Name, timeout.Token);
        if (fleet is not null)
            await fleet.Started(app);
        var company = new Company(app, folder, fleet)
        {
            Postgres = await app.GetConnectionStringAsync("postgres", timeout.Token) ?? "",
            Kafka = await app.GetConnectionStringAsync("kafka", timeout.Token) ?? "",
        };
        company._customers = await Task.WhenAll(Enumerable.Range(0, CustomerCount).Select(_ => company.Welcome()));
        return company;
    }

    /// <summary>The next customer orders something. Null when the order was placed, else what came instead.</summary>
    public async Task<string?> Order()
    {
        var customer = _customers[(uint)Interlocked.Increment(ref _next) % (uint)_customers.Length];
        using var request = Post("/orders", new
        {
            userId = customer.User,
            accountId = customer.Account,
            currency = "EUR",
            lines = new[] { new { sku = "kettle-1", quantity = 1, unitPrice = 42_00 }, new { sku = "mug-7", quantity = 2, unitPrice = 7_50 } },
        });
        try
        {
            using var response = await _orders.SendAsync(request);
            if (response.StatusCode >= HttpStatusCode.InternalServerError)
                Interlocked.Increment(ref _undecided);
            if (!response.IsSuccessStatusCode)
                return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            _placed.Add((await response.Content.ReadFromJsonAsync<JsonNode>())!["orderId"]!.GetValue<Guid>());
            return null;
        }
        catch (HttpRequestException failure)
        {
            Interlocked.Increment(ref _undecided);
            return failure.HttpRequestError.ToString();
        }
    }

    public async Task WarmUp(Plan plan)
    {
        await OpenLoop.Run("warming up", this, new Plan { Rate = plan.Rate, Seconds = plan.WarmUpSeconds });
        await UntilAtRest();
    }

    public async Task Stop(params string[] services)
    {
        foreach (var service in services)
            await Command(service, "stop");
    }

    public async Task StartAgain(params string[] services)
    {
        foreach (var service in services)
            await Command(service, "start");
        foreach (var service in services)
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service);
        await UntilAtRest();
    }

    /// <summary>Everybody has handled whatever was published: what is measured next is not what is left of the run before.</summary>
    public async Task UntilAtRest()
    {
        using var timeout = new CancellationTokenSource(RestsWithin);
        foreach (var service in (string[])[.. Listeners, "orders"])
        {
            using var control = Client(service);
            control.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ControlToken);
            while (!(await control.GetFromJsonAsync<JsonNode>($"/control/subscriptions/{service}/reconciliation", timeout.Token))!.AsArray().All(line => line!["agrees"]!.GetValue<bool>()))
                await Task.Delay(LooksEvery, timeout.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _orders.Dispose();
        await _app.DisposeAsync();
        if (Fleet is not null)
            await Fleet.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<Customer> Welcome()
    {
        var user = await Make("signup", "/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ada Moreau" }, "userId");
        var account = await Make("accounts", "/accounts", new { ownerId = user, currency = "EUR" }, "accountId");
        await Make("accounts", $"/accounts/{account}/deposits", new { amount = Money, currency = "EUR" }, "accountId");
        return new(user, account);
    }

    private async Task<Guid> Make(string service, string path, object body, string id)
    {
        using var client = Client(service);
        using var request = Post(path, body);
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonNode>())![id]!.GetValue<Guid>();
    }

    private static HttpRequestMessage Post(string path, object body) =>
        new(HttpMethod.Post, path) { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", Guid.CreateVersion7().ToString() } } };

    private HttpClient Client(string service) => new() { BaseAddress = Fleet?.AddressOf(service) ?? _app.GetEndpoint(service, "http") };

    private async Task Command(string service, string command)
    {
        var result = await _app.ResourceCommands.ExecuteCommandAsync(service, command);
        if (!result.Success)
            throw new InvalidOperationException($"{command} of {service} did not work: {result.Message}");
    }
}
