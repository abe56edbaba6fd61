namespace EventDriven.Dashboard.Watch;

/// <summary>The system as its parts describe themselves: services, broker, database.</summary>
public sealed record SystemView(IReadOnlyList<ServiceView> Services, IReadOnlyList<PartView> Infrastructure)
{
    public static SystemView Unknown { get; } = new([], []);

    public ServiceView? Service(string name) =>
        Services.FirstOrDefault(service => string.Equals(service.Part.Name, name, StringComparison.Ordinal));

    public PartView? Part(string name) =>
        Infrastructure.FirstOrDefault(part => string.Equals(part.Name, name, StringComparison.Ordinal));
}

/// <summary>Something that can be up or down, since when, and why.</summary>
public sealed record PartView(string Name, Condition Condition, string? Why, DateTimeOffset Since)
{
    internal PartView Becomes(ServiceHealth health, DateTimeOffset now) =>
        this with { Condition = health.Condition, Why = health.Why, Since = health.Condition == Condition ? Since : now };
}

/// <summary>A service; while it is down, its log and subscriptions are those it last told.</summary>
public sealed record ServiceView(PartView Part)
{
    public LogStatus? Log { get; init; }

    /// <summary>It has told of its subscriptions, or the broker has.</summary>
    public bool IsHeard { get; init; }

    public IReadOnlyList<SubscriptionStatus> Subscriptions { get; init; } = [];
}
