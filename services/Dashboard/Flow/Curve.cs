using System.Globalization;

namespace EventDriven.Dashboard.Flow;

/// <summary>A place in the picture.</summary>
public sealed record Spot(double X, double Y)
{
    /// <summary>Numbers at both places would touch.</summary>
    public bool Touches(Spot other) => Math.Abs(X - other.X) < 64 && Math.Abs(Y - other.Y) < 44;
}

/// <summary>The line of an edge: it leaves and arrives level, and bends in the middle.</summary>
public sealed record Curve(Spot From, Spot To)
{
    private const int Steps = 24;

    private double Bend => (From.X + To.X) / 2;

    public string Path => string.Create(CultureInfo.InvariantCulture,
        $"M{From.X:0.#} {From.Y:0.#}C{Bend:0.#} {From.Y:0.#} {Bend:0.#} {To.Y:0.#} {To.X:0.#} {To.Y:0.#}");

    public Spot At(double share)
    {
        var rest = 1 - share;
        var (first, second, third, fourth) = (rest * rest * rest, 3 * rest * rest * share, 3 * rest * share * share, share * share * share);
        return new(
            (first * From.X) + ((second + third) * Bend) + (fourth * To.X),
            ((first + second) * From.Y) + ((third + fourth) * To.Y));
    }

    /// <summary>The line runs through numbers at that place.</summary>
    public bool Passes(Spot place)
    {
        for (var step = 0; step <= Steps; step++)
        {
            var spot = At((double)step / Steps);
            if (Math.Abs(spot.X - place.X) < 30 && Math.Abs(spot.Y - place.Y) < 22)
                return true;
        }

        return false;
    }
}
