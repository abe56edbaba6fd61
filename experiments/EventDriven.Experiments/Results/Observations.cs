namespace EventDriven.Experiments.Results;

/// <summary>What an experiment has seen: the numbers that claims are judged by, every sample behind them, and a picture.</summary>
internal sealed class Observations
{
    /// <summary>Numbers by name.</summary>
    public Dictionary<string, double> Measures { get; } = [];

    /// <summary>The raw samples.</summary>
    public Dictionary<string, IReadOnlyList<double>> Samples { get; } = [];

    /// <summary>What is drawn.</summary>
    public required Chart Chart { get; init; }

    /// <summary>Facts worth knowing beside the numbers, a sentence each.</summary>
    public List<string> Notes { get; } = [];
}

/// <summary>A picture of one or more series over the same axis.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="X">The horizontal axis; labels when the points are bars.</param>
/// <param name="Y">The vertical axis with its unit.</param>
/// <param name="Series">What is drawn.</param>
internal sealed record Chart(string Title, string X, string Y, IReadOnlyList<Series> Series)
{
    /// <summary>Both axes by powers of ten.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Names of the bars; null for lines over numbers.</summary>
    public IReadOnlyList<string>? Bars { get; init; }
}

/// <summary>One line, or one colour of bars.</summary>
internal sealed record Series(string Name, IReadOnlyList<Point> Points);

/// <summary>One measured point; for bars X is the number of the bar.</summary>
internal sealed record Point(double X, double Y);
