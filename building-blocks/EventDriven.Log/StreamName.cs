namespace EventDriven.Log;

/// <summary>One entity's events: <c>order-0199…</c>. It is also the partition key of everything published from the stream.</summary>
/// <param name="Category">The kind of entity, lower case, without a hyphen.</param>
/// <param name="Id">The entity.</param>
public readonly record struct StreamName(string Category, Guid Id)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Category}-{Id:D}";

    /// <summary>Reads <c>category-id</c>.</summary>
    /// <exception cref="FormatException">The text is no stream name.</exception>
    public static StreamName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is no stream name: it should read like order-0199c0de-….");
    }

    /// <summary>Reads <c>category-id</c>; false when the text is no stream name.</summary>
    public static bool TryParse(string text, out StreamName name)
    {
        ArgumentNullException.ThrowIfNull(text);
        var hyphen = text.IndexOf('-', StringComparison.Ordinal);
        var isName = hyphen > 0 & Guid.TryParseExact(text.AsSpan(hyphen + 1), "D", out var id); // both sides run: id is always assigned
        name = isName ? new(text[..hyphen], id) : default;
        return isName;
    }
}
