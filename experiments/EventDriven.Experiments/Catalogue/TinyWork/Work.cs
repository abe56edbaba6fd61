using System.Diagnostics;
using System.Security.Cryptography;

namespace EventDriven.Experiments.Catalogue.TinyWork;

/// <summary>Real work of a chosen size: hashing a hash again and again.</summary>
internal static class Work
{
    public static string Do(int rounds)
    {
        Span<byte> hash = stackalloc byte[32];
        for (var round = 0; round < rounds; round++)
            SHA256.HashData(hash, hash);
        return Convert.ToHexString(hash);
    }

    /// <summary>How many rounds this machine does in a millisecond when nobody disturbs it: the best of many short tries.</summary>
    public static double RoundsPerMs()
    {
        const int rounds = 1_000, tries = 2_000;
        var best = TimeSpan.MaxValue;
        for (var tried = 0; tried < tries; tried++)
        {
            var started = Stopwatch.GetTimestamp();
            Do(rounds);
            var took = Stopwatch.GetElapsedTime(started);
            best = took < best ? took : best;
        }
        return rounds / best.TotalMilliseconds;
    }
}
