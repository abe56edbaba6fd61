namespace EventDriven.TortureTests.Faults;

/// <summary>A plan can be replayed.</summary>
public sealed class FaultMixTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    [Fact]
    public void The_same_seed_gives_the_same_plan() =>
        Assert.Equal(FaultMix.Full.Plan(7, TimeSpan.Zero, Length), FaultMix.Full.Plan(7, TimeSpan.Zero, Length));

    [Fact]
    public void Another_seed_gives_another_plan() =>
        Assert.NotEqual(FaultMix.Full.Plan(7, TimeSpan.Zero, Length), FaultMix.Full.Plan(8, TimeSpan.Zero, Length));

    [Fact]
    public void Every_fault_is_in_its_time_and_as_often_as_it_should()
    {
        var plan = FaultMix.Full.Plan(7, TimeSpan.FromSeconds(5), Length);
        Assert.All(plan, fault => Assert.InRange(fault.At, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(65)));
        Assert.Equal(FaultMix.Full.Faults.ToDictionary(f => f.Kind, f => f.Count), plan.CountBy(f => f.Kind).ToDictionary());
    }

    [Fact]
    public void A_stop_outlasts_the_lease_and_one_the_session()
    {
        var plan = FaultMix.Full.Plan(7, TimeSpan.Zero, Length);
        Assert.All(plan.Where(f => f.Kind is FaultKind.StopWriter or FaultKind.StopLeaseHolder), stop => Assert.True(stop.Lasts > TimeSpan.FromSeconds(4)));
        Assert.All(plan.Where(f => f.Kind is FaultKind.StopConsumerForLong), stop => Assert.True(stop.Lasts > TimeSpan.FromSeconds(10)));
    }
}
