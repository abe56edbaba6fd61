using System.ComponentModel.DataAnnotations;

namespace EventDriven.Log.PersonalData;

/// <summary>How a service uses the vault. Section <c>Vault</c>.</summary>
public sealed class VaultOptions
{
    /// <summary>How long a key is kept in memory: a destroyed one may open what it can open for that long.</summary>
    /// <value>Default and at most 15 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:15:00")]
    public TimeSpan KeepKeysFor { get; set; } = TimeSpan.FromMinutes(15);
}
