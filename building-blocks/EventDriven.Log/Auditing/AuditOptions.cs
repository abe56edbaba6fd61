using System.ComponentModel.DataAnnotations;

namespace EventDriven.Log.Auditing;

/// <summary>How closely a log is watched. Section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    /// <summary>How often a log that has grown is anchored: what is older cannot be removed or rewritten unnoticed.</summary>
    /// <value>Default 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AnchorEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>When the whole log is verified again; what is new is verified at once.</summary>
    /// <value>Default 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan WholeLogEvery { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The share of the time that verifying may take, on one connection.</summary>
    /// <value>Default 0.05: some thousand events a second.</value>
    [Range(0.001, 1.0)]
    public double Share { get; set; } = 0.05;
}
