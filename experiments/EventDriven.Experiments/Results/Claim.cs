using System.Globalization;

namespace EventDriven.Experiments.Results;

/// <summary>One claim: what it says, which measured number speaks for it, and where the line is drawn.</summary>
/// <param name="Says">In plain words.</param>
/// <param name="Measure">The name of the number among the observations.</param>
/// <param name="Is">On which side of the limit it has to be.</param>
/// <param name="Limit">The line.</param>
/// <param name="Unit">What the number counts.</param>
internal sealed record Claim(string Says, string Measure, Side Is, double Limit, string Unit)
{
    /// <summary>Judges a measured number. The margin is its distance to the line, positive where the claim holds.</summary>
    public Verdict Judge(double measured)
    {
        var margin = Is switch { Side.AtLeast => measured - Limit, Side.AtMost => Limit - measured, _ => -Math.Abs(measured - Limit) };
        return new(this, measured, Held: margin >= 0, margin);
    }

    /// <summary>The line in words.</summary>
    public string Line => string.Create(CultureInfo.InvariantCulture, $"{(Is switch { Side.AtLeast => "at least", Side.AtMost => "at most", _ => "exactly" })} {Limit:0.###} {Unit}");
}

/// <summary>Where a number has to be, seen from its limit.</summary>
internal enum Side
{
    /// <summary>The limit or more.</summary>
    AtLeast,

    /// <summary>The limit or less.</summary>
    AtMost,

    /// <summary>The limit itself.</summary>
    Exactly,
}

/// <summary>What became of a claim.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Measured">Its number.</param>
/// <param name="Held">Whether the number is on the right side of the line.</param>
/// <param name="Margin">How far it is from the line, positive where it holds.</param>
internal sealed record Verdict(Claim Claim, double Measured, bool Held, double Margin);
