using EventDriven.Log;

namespace EventDriven.Orders.FollowUp;

/// <summary>What has to be done before a client hears that its order is placed: the one point in which the two compositions differ.</summary>
internal interface IFollowUp
{
    /// <summary>True when it is done; false when it is not, and the resolver has to go on with it.</summary>
    Task<bool> Complete(StreamName order, CancellationToken ct);
}

/// <summary>
/// Nothing: that the order was placed is in the log, in the same commit. Whoever wants to know hears of it from there, now or in an hour,
/// and Orders does not know who that is.
/// </summary>
internal sealed class Announced : IFollowUp
{
    public Task<bool> Complete(StreamName order, CancellationToken ct) => Task.FromResult(true);
}
