using System.ComponentModel.DataAnnotations;

namespace EventDriven.Orders;

/// <summary>How those who have to hear of an order do: from the log, or because Orders calls them.</summary>
internal enum Composition
{
    Events,
    Synchronous,
}

/// <summary>Section <c>Orders</c>.</summary>
internal sealed class OrdersOptions
{
    /// <value>Synchronous is the rival that experiments and benchmarks compare with. Default events.</value>
    public Composition Composition { get; set; }

    /// <value>How long a client waits for an answer at most; what is not known by then is found out by the resolver. Default 3 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:01:00")]
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(3);

    /// <value>How often the resolver looks for orders without an answer. Default 0.5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ResolveEvery { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <value>The longest pause between two attempts to resolve one order. Default 10 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ResolvePausesAtMost { get; set; } = TimeSpan.FromSeconds(10);
}
