using System.ComponentModel.DataAnnotations;

namespace EventDriven.Traffic.Mix;

/// <summary>Section <c>Traffic</c>.</summary>
internal sealed class TrafficOptions
{
    /// <value>Customers per second at the start. Default 2.</value>
    [Range(0, MixSettings.HighestRate)]
    public double Rate { get; set; } = 2;

    /// <value>What they do at the start: mostly shop.</value>
    public Dictionary<string, double> Mix { get; set; } = new(StringComparer.Ordinal)
    {
        [MixSettings.SignUp] = 2,
        [MixSettings.Shop] = 6,
        [MixSettings.Overspend] = 1,
        [MixSettings.Burst] = 0.05,
    };
}
