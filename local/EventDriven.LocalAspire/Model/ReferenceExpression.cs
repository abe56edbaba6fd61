using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Text with holes that are filled when the application runs: ports, passwords, connection strings.</summary>
public class ReferenceExpression : IExpressionValue, IValueWithReferences
{
    private readonly string format;
    private readonly IReadOnlyList<IExpressionValue> holes;

    private ReferenceExpression(string format, IReadOnlyList<IExpressionValue> holes) => (this.format, this.holes) = (format, holes);

    public string ValueExpression => string.Format(CultureInfo.InvariantCulture, format, [.. holes.Select(hole => hole.ValueExpression)]);

    IEnumerable<object> IValueWithReferences.References => holes;

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.Build();

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        var values = new object?[holes.Count];
        for (var i = 0; i < values.Length; i++) values[i] = await holes[i].GetValueAsync(cancellationToken);
        return string.Format(CultureInfo.InvariantCulture, format, values);
    }

    // The compiler asks for the two interfaces apart; a hole is one value that has both.
    private sealed class Hole(IValueProvider value, IManifestExpressionProvider manifest) : IExpressionValue
    {
        public string ValueExpression => manifest.ValueExpression;

        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => value.GetValueAsync(cancellationToken);
    }

    /// <summary>Collects the text and the holes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly StringBuilder format = new(literalLength);
        private readonly List<IExpressionValue> holes = new(formattedCount);

        public readonly void AppendLiteral(string value) =>
            format.Append(value.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));

        public readonly void AppendFormatted(string? value) => AppendLiteral(value ?? "");

        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider
        {
            format.Append(CultureInfo.InvariantCulture, $"{{{holes.Count}}}");
            holes.Add(new Hole(valueProvider, valueProvider));
        }

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider) where T : IResource, IValueProvider, IManifestExpressionProvider =>
            AppendFormatted(valueProvider.Resource);

        internal readonly ReferenceExpression Build() => new(format.ToString(), holes);
    }
}
