using EventDriven.Insights.Counting;

namespace EventDriven.Insights.Summary;

/// <summary>The company in numbers, over the whole history.</summary>
/// <param name="Counts">How often each thing has happened.</param>
/// <param name="Sums">The money in it, in minor units by currency.</param>
/// <param name="Sources">What these numbers include: up to where they tell.</param>
internal sealed record CompanySummary(
    IReadOnlyDictionary<string, long> Counts, IReadOnlyDictionary<string, IReadOnlyDictionary<string, decimal>> Sums, IReadOnlyList<Included> Sources)
{
    public static CompanySummary Of(IReadOnlyCollection<Total> totals)
    {
        var byFigure = totals.ToLookup(t => t.Figure, StringComparer.Ordinal);
        return new(
            Figure.All.ToDictionary(name => name, name => byFigure[name].Sum(t => t.Messages)),
            Figure.OfMoney.ToDictionary(name => name, IReadOnlyDictionary<string, decimal> (name) =>
                byFigure[name].GroupBy(t => t.Currency, StringComparer.Ordinal).ToDictionary(c => c.Key, c => c.Sum(t => t.Amount))),
            [.. totals.GroupBy(t => t.Source, StringComparer.Ordinal).Select(s => new Included(s.Key, s.Sum(t => t.Messages), s.Max(t => t.Latest)))]);
    }
}

/// <summary>How many messages of a source are in the numbers, and when the latest of them was recorded.</summary>
internal sealed record Included(string Source, long Messages, DateTimeOffset Latest);
