using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace EventDriven.Traffic.Mix;

/// <summary>Section <c>Traffic</c>.</summary>
internal sealed class TrafficOptions
{
    /// <value>Customers per second at the start. Default 2.</value>
    [Range(0, MixSettings.HighestRate)]
    public double Rate { get; set; } = 2;
}

/// <summary>How many customers come per second, and what they do: the weight of each action.</summary>
internal sealed record MixSettings(double Rate, IReadOnlyDictionary<string, double> Mix)
{
    public const double HighestRate = 1_000;
    public const string SignUp = "signUp";

    public static IReadOnlyCollection<string> Actions { get; } = [SignUp];

    public Dictionary<string, string[]> Problems()
    {
        Dictionary<string, string[]> problems = [];
        if (Rate is not (>= 0 and <= HighestRate))
            problems["rate"] = [$"The rate is from 0 to {HighestRate} customers per second."];
        if (Mix is null || Mix.Keys.Any(action => !Actions.Contains(action)))
            problems["mix"] = [$"The mix names these actions only: {string.Join(", ", Actions)}."];
        else if (Mix.Values.Any(weight => weight is not (>= 0 and <= 1_000)) || Mix.Values.Sum() <= 0)
            problems["mix"] = ["Each weight is from 0 to 1000, and one at least is above 0."];
        return problems;
    }
}

/// <summary>The settings in force, and word of every change.</summary>
internal sealed class TrafficMix(IOptions<TrafficOptions> options)
{
    private TaskCompletionSource _changed = NewSource();

    public MixSettings Current { get; private set; } = new(options.Value.Rate, new Dictionary<string, double> { [MixSettings.SignUp] = 1 });

    public Task Changed => Volatile.Read(ref _changed).Task;

    public void Change(MixSettings settings)
    {
        Current = settings;
        Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
