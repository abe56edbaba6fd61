namespace EventDriven.Dashboard.Journey;

/// <summary>Where traces are shown. Section <c>Traces</c>.</summary>
internal sealed class TraceOptions
{
    /// <value>The address of one trace, with <c>{traceId}</c> in it. Empty: a trace is named, and not linked.</value>
    public string Link { get; set; } = "";

    public string? Of(string traceId) => Link.Length == 0 ? null : Link.Replace("{traceId}", traceId, StringComparison.Ordinal);
}
