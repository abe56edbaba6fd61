using System.ComponentModel.DataAnnotations;

namespace EventDriven.Messaging.Control;

/// <summary>Who may look into and steer a service. Section <c>Control</c>.</summary>
public sealed class ControlOptions
{
    /// <summary>The bearer token that the control endpoints ask for.</summary>
    /// <value>Required; at least 16 characters. AppHost makes one per run.</value>
    [Required(ErrorMessage = "Control:Token is missing: run the service through EventDriven.AppHost, or set Control__Token."), MinLength(16)]
    public string Token { get; set; } = "";
}

/// <summary>Who may read what a service has published. Section <c>Backfill</c>.</summary>
public sealed class BackfillOptions
{
    /// <summary>The bearer token that services show each other.</summary>
    /// <value>Required; at least 16 characters. AppHost makes one per run.</value>
    [Required(ErrorMessage = "Backfill:Token is missing: run the service through EventDriven.AppHost, or set Backfill__Token."), MinLength(16)]
    public string Token { get; set; } = "";
}
