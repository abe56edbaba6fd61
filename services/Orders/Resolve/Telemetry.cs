using System.Diagnostics;
using EventDriven.Log;

namespace EventDriven.Orders.Resolve;

/// <summary>What is asked about an order later belongs to the trace and the journey of its request.</summary>
internal static class Telemetry
{
    private static readonly ActivitySource Source = new("EventDriven.Orders");

    public static Activity? Resume(Cause cause)
    {
        var parent = ActivityContext.TryParse(cause.TraceParent, traceState: null, isRemote: true, out var requested) ? requested : default;
        var activity = Source.StartActivity("resolve order", ActivityKind.Internal, parent);
        cause.Carry();
        return activity;
    }
}
