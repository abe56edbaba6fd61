using EventDriven.TortureTests.Faults;

namespace EventDriven.TortureTests;

/// <summary>What one run is made of.</summary>
internal sealed record RunOptions
{
    /// <summary>Names its files.</summary>
    public required string Name { get; init; }

    /// <summary>What the nemesis does.</summary>
    public required FaultMix Faults { get; init; }

    /// <summary>How long the load lasts at least.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>How long the load may last until all faults are done and enough is acknowledged.</summary>
    public TimeSpan AtMost => Length * 2 + TimeSpan.FromSeconds(30);

    /// <summary>How long one round of faults takes; they begin anew with another seed until the length is reached.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many acknowledged events it takes.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Which part is replaced by a faulty one.</summary>
    public string Double { get; init; } = "";

    public int Writers { get; init; } = 2;

    public int Consumers { get; init; } = 3;

    /// <summary>They are not started with the writers.</summary>
    public bool ConsumersComeLater { get; init; }

    /// <summary>Transactions a second, of all writers.</summary>
    public int Rate { get; init; } = 300;

    /// <summary>How many of 1,000 transactions stay open for a while.</summary>
    public int Slow { get; init; } = 30;

    /// <summary>How long everything may take to come to rest once the faults are over.</summary>
    public TimeSpan RestWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>All rounds. The last part of each is left to what lasts.</summary>
    public IReadOnlyList<Fault> Plan(int seed) =>
        [.. Enumerable.Range(0, Math.Max(1, (int)(Length / Round))).SelectMany(round => Faults.Plan(seed + round, Round * round, (Length < Round ? Length : Round) * 0.8))];
}
