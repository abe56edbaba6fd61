using System.ComponentModel.DataAnnotations;

namespace EventDriven.TortureWorker;

/// <summary>What one process of the torture system does. Section <c>Torture</c>.</summary>
internal sealed class WorkerOptions
{
    public const string Writer = "writer", Consumer = "consumer";

    /// <summary>Writes events, or handles them.</summary>
    [Required]
    public string Role { get; set; } = "";

    /// <summary>The process' name, by which the nemesis knows it.</summary>
    [Required]
    public string Name { get; set; } = "";

    /// <summary>The service that it is a replica of: its database and its source.</summary>
    [Required]
    public string Service { get; set; } = "";

    /// <summary>The service that writes.</summary>
    [Required]
    public string Source { get; set; } = "";

    /// <summary>Which part is replaced by a faulty one; empty in the real system.</summary>
    public string Double { get; set; } = "";

    /// <summary>Where a writer's history goes: a file of this process alone.</summary>
    public string History { get; set; } = "";

    /// <summary>Whether a writer writes, or only relays what is left.</summary>
    public bool Writes { get; set; } = true;

    /// <summary>What the load is drawn from.</summary>
    public int Seed { get; set; }

    /// <summary>How many streams are written to.</summary>
    [Range(1, 100_000)]
    public int Streams { get; set; } = 500;

    /// <summary>Transactions a second, of this process.</summary>
    [Range(1, 10_000)]
    public int Rate { get; set; } = 150;

    /// <summary>How many of its tasks write at once.</summary>
    [Range(1, 100)]
    public int Tasks { get; set; } = 8;

    /// <summary>How many of 1,000 transactions stay open for a while before they commit.</summary>
    [Range(0, 1_000)]
    public int Slow { get; set; } = 30;

    /// <summary>Some events are poison for ever: only where the inbox parks them.</summary>
    public bool PoisonForEver { get; set; }
}

/// <summary>The faulty doubles.</summary>
internal static class DoubleNames
{
    public const string NaiveCursor = "naive-cursor", NoInbox = "no-inbox", NoFence = "no-fence";
}
