using System.ComponentModel.DataAnnotations;

namespace EventDriven.Payments;

/// <summary>Section <c>Payments</c>.</summary>
internal sealed class PaymentsOptions
{
    /// <value>How long Accounts has to answer: well within what Orders gives an order as a whole. Default 2 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:01:00")]
    public TimeSpan AccountsWithin { get; set; } = TimeSpan.FromSeconds(2);
}
