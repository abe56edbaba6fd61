using System.Globalization;
using System.Net;
using System.Text;

namespace EventDriven.Experiments.Results;

/// <summary>Draws a chart as SVG: readable on a page, in dark and in light, and without scripts.</summary>
internal static class ChartDrawing
{
    private const double Width = 720, Height = 360, Left = 80, Right = 32, Top = 56, Bottom = 56;
    private const double WidestLetter = 6.6; // on average, at the size of the legend
    private static readonly string[] Colours = ["#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed"];

    public static string Draw(Chart chart)
    {
        var svg = new StringBuilder();
        var points = chart.Series.SelectMany(s => s.Points).ToArray();
        var x = new Axis(chart.Bars is null ? points.Select(p => p.X) : [-0.5, chart.Bars.Count - 0.5], Left, Width - Right, chart is { IsLogarithmic: true, Bars: null }, fromZero: false);
        var y = new Axis(points.Select(p => p.Y), Height - Bottom, Top, chart.IsLogarithmic, fromZero: !chart.IsLogarithmic);

        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(chart.Title)}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#64748b\">");
        Add($"<text x=\"{Left}\" y=\"20\" font-size=\"15\" font-weight=\"600\">{Text(chart.Title)}</text>");
        foreach (var tick in y.Ticks)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y.At(tick):0.#}\" y2=\"{y.At(tick):0.#}\" stroke=\"#94a3b8\" stroke-opacity=\"0.35\"/>");
            Add($"<text x=\"{Left - 8}\" y=\"{y.At(tick) + 4:0.#}\" text-anchor=\"end\">{Number(tick)}</text>");
        }
        foreach (var (at, name) in chart.Bars?.Index().Select(b => ((double)b.Index, b.Item)) ?? x.Ticks.Select(t => (t, Number(t))))
            Add($"<text x=\"{x.At(at):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Text(name)}</text>");
        Add($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">{Text(chart.X)}</text>");
        Add($"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Text(chart.Y)}</text>");
        var legend = Left;
        foreach (var (n, series) in chart.Series.Index())
        {
            var colour = Colours[n % Colours.Length];
            Add($"<rect x=\"{legend:0.#}\" y=\"30\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{legend + 18:0.#}\" y=\"41\">{Text(series.Name)}</text>");
            legend += 44 + (series.Name.Length * WidestLetter);
            if (chart.Bars is null)
                AddLine(series, colour);
            else
                AddBars(series, n, colour);
        }
        return svg.Append("</svg>\n").ToString();

        void AddLine(Series series, string colour)
        {
            Add($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', series.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{x.At(p.X):0.#},{y.At(p.Y):0.#}")))}\"/>");
            foreach (var point in series.Points.Count <= 40 ? series.Points : [])
                Add($"<circle cx=\"{x.At(point.X):0.#}\" cy=\"{y.At(point.Y):0.#}\" r=\"3\" fill=\"{colour}\"><title>{Text(series.Name)}: {Number(point.X)} → {Number(point.Y)}</title></circle>");
        }

        void AddBars(Series series, int n, string colour)
        {
            var width = (x.At(1) - x.At(0)) * 0.7 / chart.Series.Count;
            foreach (var point in series.Points)
            {
                var (from, top) = (x.At(point.X) - (width * chart.Series.Count / 2) + (n * width), y.At(point.Y));
                Add($"<rect x=\"{from:0.#}\" y=\"{top:0.#}\" width=\"{width * 0.9:0.#}\" height=\"{Math.Max(1, Height - Bottom - top):0.#}\" fill=\"{colour}\"/>");
                Add($"<text x=\"{from + (width * 0.45):0.#}\" y=\"{top - 5:0.#}\" text-anchor=\"middle\">{Number(point.Y)}</text>");
            }
        }

        void Add(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(double value) => Math.Abs(value) >= 1_000
        ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : value.ToString("0.###", CultureInfo.InvariantCulture);

    private sealed class Axis
    {
        private readonly double _low, _high, _from, _to;
        private readonly bool _isLogarithmic;

        public Axis(IEnumerable<double> values, double from, double to, bool isLogarithmic, bool fromZero)
        {
            (_from, _to, _isLogarithmic) = (from, to, isLogarithmic);
            double[] scaled = [.. values.Where(v => !isLogarithmic || v > 0).Select(Scaled)];
            (_low, _high) = scaled.Length == 0 ? (0, 1) : (scaled.Min(), scaled.Max());
            if (isLogarithmic)
                (_low, _high) = (Math.Floor(_low), Math.Ceiling(_high));
            else if (fromZero)
                (_low, _high) = (Math.Min(0, _low), _high * 1.08);
            if (_high <= _low)
                _high = _low + 1;
        }

        public IEnumerable<double> Ticks
        {
            get
            {
                if (_isLogarithmic)
                {
                    for (var power = _low; power <= _high; power++)
                        yield return Math.Pow(10, power);
                    yield break;
                }
                var rough = (_high - _low) / 5;
                var magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
                var step = (rough / magnitude) switch { < 1.5 => magnitude, < 3.5 => 2 * magnitude, < 7.5 => 5 * magnitude, _ => 10 * magnitude };
                for (var tick = Math.Ceiling(_low / step) * step; tick <= _high; tick += step)
                    yield return tick;
            }
        }

        public double At(double value)
        {
            var scaled = _isLogarithmic && value <= 0 ? _low : Scaled(value);
            return _from + ((scaled - _low) / (_high - _low) * (_to - _from));
        }

        private double Scaled(double value) => _isLogarithmic ? Math.Log10(value) : value;
    }
}
