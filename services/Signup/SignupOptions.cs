using System.ComponentModel.DataAnnotations;

namespace EventDriven.Signup;

/// <summary>Section <c>Signup</c>.</summary>
internal sealed class SignupOptions
{
    /// <summary>Keys the hash that addresses are compared by: who has the table alone cannot try addresses against it.</summary>
    [Required(ErrorMessage = "Signup:AddressKey is missing: run the service through EventDriven.AppHost, or set Signup__AddressKey."), MinLength(32)]
    public string AddressKey { get; set; } = "";
}
