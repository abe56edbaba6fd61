using System.Globalization;

namespace EventDriven.CheckoutBenchmark;

/// <summary>What is run; every part can be given as an argument: <c>--Seconds 5 --Rounds 1</c>.</summary>
internal sealed class Plan
{
    /// <summary>Orders per second that come whatever becomes of those before.</summary>
    public int Rate { get; set; } = 50;

    public int Seconds { get; set; } = 60;

    public int Rounds { get; set; } = 3;

    /// <summary>Before anything is measured.</summary>
    public int WarmUpSeconds { get; set; } = 20;

    /// <summary>Clients that order again as soon as they have their answer.</summary>
    public int Clients { get; set; } = 32;

    /// <summary>Processes of each service. More than one: how a rolling restart goes is measured, and nothing else.</summary>
    public int Replicas { get; set; } = 1;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rate} orders/s, open loop, {Rounds} alternating runs of {Seconds} s; {Clients} clients in the closed loop");
}
