using System.ComponentModel.DataAnnotations;

namespace EventDriven.Fulfilment;

/// <summary>Section <c>Fulfilment</c>.</summary>
internal sealed class FulfilmentOptions
{
    /// <summary>How long it takes to ship an order that is placed and paid.</summary>
    /// <value>Default 3 s; 0 ships at once.</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ShippingTime { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long one half of an order may wait for the other before that is said.</summary>
    /// <value>Default 15 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Takes for granted that an order comes before its payment, as the experiment on order across topics wants to see.</summary>
    /// <value>Default false.</value>
    public bool Naive { get; set; }
}
