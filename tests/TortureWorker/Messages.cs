using System.Security.Cryptography;
using System.Text;
using EventDriven.Log;

namespace EventDriven.TortureWorker;

/// <summary>Handled by every subscription.</summary>
/// <param name="Number">Says nothing; makes the bytes differ.</param>
/// <param name="Poison">How often the poisoned handler fails at it; <see cref="ForEver"/>: always.</param>
internal sealed record Counted(long Number, int Poison)
{
    public const int ForEver = -1;
}

/// <summary>Published, and nobody handles it.</summary>
internal sealed record Passed(long Number);

/// <summary>Stays in the log.</summary>
internal sealed record Kept(long Number);

/// <summary>The names that everything hangs on, of one run's writing service.</summary>
internal static class Contract
{
    public const string Steady = "steady", Poisoned = "poisoned";

    public static string Topic(string source) => source + ".events";

    public static string CountedName(string source) => source + ".counted.v1";

    public static MessageTypes Types(string source) =>
    [
        MessageType.Published<Counted>(CountedName(source), Topic(source)),
        MessageType.Published<Passed>(source + ".passed.v1", Topic(source)),
        MessageType.Private<Kept>(source + ".kept.v1"),
    ];

    /// <summary>The group of a subscription: groups are shared by all runs on one broker.</summary>
    public static string Group(string subscription, string service) => $"{service}-{subscription}";

    /// <summary>Every process of a run writes to the same streams.</summary>
    public static StreamName[] Streams(string source, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new StreamName("account", new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{source}/{i}")).AsSpan(0, 16))))];
}
