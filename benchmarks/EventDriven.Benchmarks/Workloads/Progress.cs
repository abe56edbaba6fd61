using System.Diagnostics;
using EventDriven.Benchmarks.Measuring;
using Npgsql;

namespace EventDriven.Benchmarks.Workloads;

/// <summary>How far a subscriber has come and what it holds in memory, sampled from outside. The identity column tells cheaply; the end is counted.</summary>
internal sealed class Progress(ChildProcess subscriber)
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);
    private readonly List<Sample> _samples = [];

    private sealed record Sample(long At, long Effects, double Megabytes);

    /// <summary>Watches until this many effects are there.</summary>
    public async Task Until(long effects, TimeSpan atMost)
    {
        await using var connection = new NpgsqlConnection(Servers.Database(Subscriber.Service));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select case when is_called then last_value else 0 end from effects_id_seq", connection);
        using var patience = new CancellationTokenSource(atMost);
        while (_samples is [] || _samples[^1].Effects < effects)
        {
            var drawn = (long)(await command.ExecuteScalarAsync(patience.Token))!;
            _samples.Add(new(Stopwatch.GetTimestamp(), Math.Min(drawn, effects), subscriber.ResidentMegabytes));
            await Task.Delay(Every, patience.Token);
        }
        while (await Servers.Scalar(Subscriber.Service, "select count(*) from effects") < effects)
            await Task.Delay(Every, patience.Token); // drawn in a transaction that commits now, or was rolled back
    }

    /// <summary>Messages a second between two shares of the way, from the first effect on.</summary>
    public double Rate(double from = 0, double to = 1)
    {
        var (start, end) = (At(from), At(to));
        return (end.Effects - start.Effects) / Stopwatch.GetElapsedTime(start.At, end.At).TotalSeconds;
    }

    /// <summary>The most that was held between two shares of the way.</summary>
    public double Megabytes(double from, double to) =>
        _samples.Where(s => s.At >= At(from).At && s.At <= At(to).At).Max(s => s.Megabytes);

    private Sample At(double share) => _samples.First(s => s.Effects > 0 && s.Effects >= share * _samples[^1].Effects);
}
