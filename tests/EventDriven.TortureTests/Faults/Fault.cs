namespace EventDriven.TortureTests.Faults;

/// <summary>What the nemesis can do.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL, and a new process a moment later.</summary>
    KillWriter,
    KillLeaseHolder,
    KillConsumer,

    /// <summary>SIGSTOP, and SIGCONT once the lease of 4 s has run out.</summary>
    StopWriter,
    StopLeaseHolder,
    StopConsumer,

    /// <summary>SIGSTOP, and SIGCONT once the group has given the consumer's partitions away.</summary>
    StopConsumerForLong,

    /// <summary>An immediate shutdown and a recovery.</summary>
    RestartPostgres,

    /// <summary>SIGKILL of the broker.</summary>
    RestartKafka,

    /// <summary>A consumer leaves its groups in order and joins again.</summary>
    Rebalance,

    /// <summary>A writer ends in order, as when a new version is rolled out, and hands the lease over if it has it.</summary>
    RollOutWriter,
}

/// <summary>One fault of a plan.</summary>
/// <param name="At">When, since the load began.</param>
/// <param name="Kind">What.</param>
/// <param name="Pick">Which of the processes in question, counted around those that are free.</param>
/// <param name="Lasts">How long what it does lasts.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, int Pick, TimeSpan Lasts);

/// <summary>How often each fault happens in one round.</summary>
internal sealed record FaultMix(params IReadOnlyList<(FaultKind Kind, int Count)> Faults)
{
    public static FaultMix Full { get; } = new(
        (FaultKind.KillWriter, 2), (FaultKind.KillLeaseHolder, 3), (FaultKind.KillConsumer, 5),
        (FaultKind.StopWriter, 1), (FaultKind.StopLeaseHolder, 2), (FaultKind.StopConsumer, 1), (FaultKind.StopConsumerForLong, 1),
        (FaultKind.RestartPostgres, 1), (FaultKind.RestartKafka, 1), (FaultKind.Rebalance, 3), (FaultKind.RollOutWriter, 1));

    /// <summary>Faults in an order and at times that the seed gives: the same seed, the same plan.</summary>
    public IReadOnlyList<Fault> Plan(int seed, TimeSpan from, TimeSpan length)
    {
        var random = new Random(seed);
        FaultKind[] kinds = [.. Faults.SelectMany(f => Enumerable.Repeat(f.Kind, f.Count))];
        random.Shuffle(kinds);
        var every = length / kinds.Length;
        return [.. kinds.Select((kind, i) => new Fault(from + every * (i + random.NextDouble()), kind, random.Next(1_000), Lasts(kind, random)))];
    }

    private static TimeSpan Lasts(FaultKind kind, Random random)
    {
        var (least, most) = kind switch
        {
            FaultKind.StopWriter or FaultKind.StopLeaseHolder or FaultKind.StopConsumer => (4.5, 6.5),
            FaultKind.StopConsumerForLong => (11.0, 13.0),
            FaultKind.Rebalance => (1.0, 3.0),
            _ => (0.2, 1.5),
        };
        return TimeSpan.FromSeconds(least + (most - least) * random.NextDouble());
    }
}
