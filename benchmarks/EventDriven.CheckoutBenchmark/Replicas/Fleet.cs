using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace EventDriven.CheckoutBenchmark.Replicas;

/// <summary>Several processes of every service on the same broker and server, each service behind a load balancer of its own.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    /// <summary>How long a process may take from being told to end to its end.</summary>
    public static readonly TimeSpan DrainsWithin = TimeSpan.FromSeconds(25);

    private const string NoticedWithin = "00:00:02", MostConnections = "500";
    private static readonly string[] Grown = ["orders", "fulfilment"];

    private readonly Dictionary<string, Balancer> _balancers = [];
    private readonly List<string> _replicas = [], _extra = [];
    private DistributedApplication? _app;

    public static string[] Services { get; } = ["signup", "email", "recommendations", "accounts", "payments", "orders", "fulfilment", "insights"];

    /// <summary>How long each process took to end, in the order in which they were told to.</summary>
    public List<TimeSpan> Drains { get; } = [];

    /// <summary>How many did not end by themselves.</summary>
    public int Killed { get; private set; }

    /// <summary>Where clients and other services find a service.</summary>
    public Uri AddressOf(string service) => _balancers[service].Address;

    /// <summary>Adds the replicas to what is built: <paramref name="replicas"/> of each, and one more of two of them that waits for its turn.</summary>
    public static async Task<Fleet> AddTo(IDistributedApplicationBuilder builder, int replicas)
    {
        var fleet = new Fleet();
        var setup = builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(p => p.Name == "setup"));
        foreach (var service in Services)
        {
            fleet._balancers[service] = await Balancer.Start();
            fleet._replicas.Add(service);
            for (var n = 2; n <= replicas + (Grown.Contains(service) ? 1 : 0); n++)
            {
                Add(service, $"{service}-{n}").WaitForCompletion(setup);
                (n > replicas ? fleet._extra : fleet._replicas).Add($"{service}-{n}");
            }
        }
        foreach (var project in builder.Resources.OfType<ProjectResource>().ToArray())
        {
            var replica = builder.CreateResourceBuilder(project).WithEnvironment("Draining__NoticedWithin", NoticedWithin);
            foreach (var (service, balancer) in fleet._balancers)
                replica.WithEnvironment($"services__{service}__http__0", balancer.Address.GetLeftPart(UriPartial.Authority));
        }
        builder.CreateResourceBuilder(builder.Resources.OfType<IResourceWithArgs>().Single(r => r.Name == "postgres")).WithArgs("-c", $"max_connections={MostConnections}");
        return fleet;

        IResourceBuilder<ProjectResource> Add(string service, string name)
        {
            var replica = service switch
            {
                "signup" => builder.AddProject<Projects.Signup>(name),
                "email" => builder.AddProject<Projects.Email>(name),
                "recommendations" => builder.AddProject<Projects.Recommendations>(name),
                "accounts" => builder.AddProject<Projects.Accounts>(name),
                "payments" => builder.AddProject<Projects.Payments>(name),
                "orders" => builder.AddProject<Projects.Orders>(name),
                "fulfilment" => builder.AddProject<Projects.Fulfilment>(name),
                _ => builder.AddProject<Projects.Insights>(name),
            };
            // What the first one is given the others are given too; what they set themselves, such as their address, comes after it.
            var given = builder.Resources.Single(r => r.Name == service).Annotations.Where(a => a.GetType().Name.StartsWith("EnvironmentCallback", StringComparison.Ordinal)).Reverse();
            foreach (var annotation in given)
                replica.Resource.Annotations.Insert(0, annotation);
            return replica.WithHttpHealthCheck("/health");
        }
    }

    public async Task Started(DistributedApplication app)
    {
        _app = app;
        foreach (var service in Services)
            _balancers[service].Watch(_replicas.Concat(_extra).Where(r => r.Split('-')[0] == service).Select(r => app.GetEndpoint(r, "http")));
        await Task.WhenAll(_replicas.Concat(_extra).Select(r => app.ResourceNotifications.WaitForResourceHealthyAsync(r)));
        await Task.WhenAll(_extra.Select(Stop)); // they come when it grows
        Drains.Clear();
        Killed = 0;
    }

    /// <summary>Every replica once, one after the other.</summary>
    public async Task RestartAll()
    {
        foreach (var replica in _replicas.OrderBy(r => r.Contains('-', StringComparison.Ordinal) ? r.Split('-')[1] : "1", StringComparer.Ordinal))
        {
            await Stop(replica);
            await Start(replica);
        }
    }

    /// <summary>One more of two services comes, takes its share, and goes.</summary>
    public async Task GrowAndShrink(TimeSpan stays)
    {
        await Task.WhenAll(_extra.Select(Start));
        await Task.Delay(stays);
        await Task.WhenAll(_extra.Select(Stop));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var balancer in _balancers.Values)
            await balancer.DisposeAsync();
    }

    private Task Start(string replica) => StartPriority.Keep(
        replica.Split('-')[0], () => Command(replica, "start"), () => _app!.ResourceNotifications.WaitForResourceHealthyAsync(replica));

    private async Task Stop(string replica)
    {
        var began = Stopwatch.GetTimestamp();
        await Command(replica, "stop");
        Drains.Add(Stopwatch.GetElapsedTime(began));
        if (!_app!.ResourceNotifications.TryGetCurrentState(replica, out var ended) || ended?.Snapshot.State?.Text != KnownResourceStates.Finished)
            Killed++;
    }

    private async Task Command(string replica, string command)
    {
        var result = await _app!.ResourceCommands.ExecuteCommandAsync(replica, command);
        if (!result.Success)
            throw new InvalidOperationException($"{command} of {replica} did not work: {result.Message}");
    }
}
