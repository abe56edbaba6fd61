using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>A service with one subscription to its own topic, which is named like the service.</summary>
public abstract class SubscriptionTest(RunningSystem system) : SystemTest(system)
{
    private TestService? _service;

    protected TestService Service => _service!;

    protected Recorder Recorder { get; } = new();

    protected string Subscription => "/control/subscriptions/" + Service.Name;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        await base.DisposeAsync();
    }

    protected Task<IHost> Start(Action<EventDriven.Messaging.Subscriptions.Subscription>? configure = null, bool sends = true) => Service.Start(b =>
    {
        var subscription = TestService.Subscribe(b, Service.Name, Service.Types, Recorder);
        configure?.Invoke(subscription);
    }, sends: sends);

    protected static StreamName NewStream() => new("thing", Guid.CreateVersion7());

    protected static async Task Append(IHost host, StreamName stream, params int[] numbers)
    {
        await using var transaction = await host.Services.GetRequiredService<EventLog>().Begin(Ct);
        await transaction.Append(stream, ExpectedVersion.Any, Cause.Begin(), [.. numbers.Select(n => new NewEvent(new Happened(n)))], Ct);
        await transaction.Commit(Ct);
    }

    /// <summary>A message that somebody else puts on the topic.</summary>
    protected async Task Produce(StreamName stream, long sequence, string type, string source = "/elsewhere", Guid? logId = null, string data = """{"number":1}""")
    {
        using var producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = Running.Kafka }).Build();
        Headers headers = [];
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["ce_id"] = Guid.CreateVersion7().ToString(),
            ["ce_source"] = source,
            ["ce_type"] = type,
            ["ce_subject"] = stream.ToString(),
            ["ce_sequence"] = sequence.ToString("D19", CultureInfo.InvariantCulture),
            ["ce_logid"] = (logId ?? Guid.CreateVersion7()).ToString(),
        })
            headers.Add(name, Encoding.UTF8.GetBytes(value));
        await producer.ProduceAsync(Service.Topic, new() { Key = stream.ToString(), Value = Encoding.UTF8.GetBytes(data), Headers = headers }, Ct);
    }

    /// <summary>The numbers whose effect a stream shows, in the order in which they took effect.</summary>
    protected Task<IReadOnlyList<int>> Effects(StreamName stream) => Service.Rows("select number from effects where stream = $1 order by id", row => row.GetInt32(0), stream.ToString());

    protected Task HasEffects(StreamName stream, params int[] numbers) => Eventually.Get(async () => string.Join(", ", await Effects(stream)),
        seen => seen == string.Join(", ", numbers), $"effects of {stream} are {string.Join(", ", numbers)}");

    protected Task<long> CountParked(string state) => Service.Scalar("select count(*) from inbox.parked where state = $1", state);

    protected async Task<JsonNode> Get(string path)
    {
        using var client = Service.Client();
        return (await client.GetFromJsonAsync<JsonNode>(path, Ct))!;
    }

    protected async Task<(HttpStatusCode Status, JsonNode? Body)> Post(string path, object? body = null, string actor = "account-1")
    {
        using var client = Service.Client();
        client.DefaultRequestHeaders.Add("Acting-Account", actor);
        using var response = await client.PostAsJsonAsync(path, body ?? new { }, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.False((int)response.StatusCode >= 500 || text.Length == 0, $"{path} answered {(int)response.StatusCode} {text}");
        return (response.StatusCode, JsonNode.Parse(text));
    }

    protected async Task<Guid[]> DeadLetters() => [.. (await Get(Subscription + "/dead-letters")).AsArray().Select(d => d!["messageId"]!.GetValue<Guid>())];

    /// <summary>What the service says of itself to whoever runs it.</summary>
    protected static async Task<HealthStatus> Health(IHost host) => (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct)).Status;

    /// <summary>Promise 8: nothing is on its way, and the sums agree. Returns them.</summary>
    protected async Task<JsonNode> Reconciles()
    {
        var line = await Eventually.Get(async () => (await Get(Subscription + "/reconciliation")).AsArray().Single()!, l => l["agrees"]!.GetValue<bool>(), "the sums agree");
        string[] outcomes = ["handled", "withoutHandler", "parked", "dead", "refused", "skipped", "quarantined", "waiting"];
        Assert.Equal(line["published"]!.GetValue<long>(), outcomes.Sum(o => line[o]!.GetValue<long>()));
        return line;
    }
}
