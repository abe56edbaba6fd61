namespace EventDriven.Traffic.Mix;

/// <summary>How many customers come per second, and what they do: the weight of each action.</summary>
internal sealed record MixSettings(double Rate, IReadOnlyDictionary<string, double> Mix)
{
    public const double HighestRate = 1_000;

    /// <summary>Signs up, and no more.</summary>
    public const string SignUp = "signUp";

    /// <summary>Signs up, opens an account, deposits, and orders once or a few times.</summary>
    public const string Shop = "shop";

    /// <summary>The same, with too little money.</summary>
    public const string Overspend = "overspend";

    /// <summary>A crowd that comes at once to shop.</summary>
    public const string Burst = "burst";

    public static IReadOnlyCollection<string> Actions { get; } = [SignUp, Shop, Overspend, Burst];

    /// <summary>What the next customer does, from a random number below 1.</summary>
    public string Draw(double random)
    {
        var left = random * Mix.Values.Sum();
        var last = "";
        foreach (var (action, weight) in Mix.Where(weighed => weighed.Value > 0))
        {
            last = action;
            if ((left -= weight) < 0)
                break;
        }
        return last;
    }

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
