using System.Globalization;

namespace EventDriven.Dashboard.Flow;

/// <summary>A place in the picture.</summary>
public sealed record Spot(double X, double Y)
{
    public bool IsNear(Spot other) => Math.Abs(X - other.X) < 64 && Math.Abs(Y - other.Y) < 40;
}

/// <summary>The line of an edge: it leaves and arrives level, and bends in the middle.</summary>
public sealed record Curve(Spot From, Spot To)
{
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
}
