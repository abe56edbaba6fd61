using Microsoft.AspNetCore.Http;

namespace EventDriven.Log.Requests;

/// <summary>How a request ended, in the form it is stored and answered again: status, body, and where the created thing is.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">JSON; empty where there is none.</param>
/// <param name="ContentType">The body's type.</param>
/// <param name="Headers">The headers that belong to it.</param>
public sealed record Outcome(int Status, ReadOnlyMemory<byte> Body, string ContentType, IReadOnlyDictionary<string, string> Headers) : IResult
{
    /// <summary>The header that says what a write came to: <c>stream:version</c>, several with commas between them.</summary>
    public const string StreamVersionHeader = "X-Stream-Version";

    private const int NotYet = 0;

    /// <summary>Whether the request was only begun: <see cref="Begun{T}"/>.</summary>
    public bool IsBegun => Status == NotYet;

    /// <summary>2xx, 402 and 409 are final and stored; everything else may end differently next time.</summary>
    internal bool IsFinal => Status is >= 200 and < 300 or StatusCodes.Status402PaymentRequired or StatusCodes.Status409Conflict;

    /// <summary>A refusal is stored in a transaction of its own: what was done on the way to it is undone.</summary>
    internal bool IsRefusal => Status >= 400;

    /// <summary>Something was created.</summary>
    public static Outcome Created<T>(string location, T body) => Of(StatusCodes.Status201Created, body, new() { ["Location"] = location });

    /// <summary>
    /// The request has begun what takes several commits, and how it ends is not known. Whoever comes with the key meets this note, goes
    /// on with it, and tells the end to <see cref="IdempotentRequests.Settle"/>. It is never answered to a client.
    /// </summary>
    public static Outcome Begun<T>(T note) => Of(NotYet, note, []);

    /// <summary>Reads the body.</summary>
    public T Read<T>() => System.Text.Json.JsonSerializer.Deserialize<T>(Body.Span, EventLog.Json)!;

    /// <summary>The state refuses: problem details with a stable type.</summary>
    public static Outcome Conflict(string type, string title, string detail) =>
        new(StatusCodes.Status409Conflict, Serialize(new { type, title, status = StatusCodes.Status409Conflict, detail }), "application/problem+json", Empty);

    /// <summary>It was done.</summary>
    public static Outcome Ok<T>(T body) => Of(StatusCodes.Status200OK, body, []);

    /// <summary>The state refuses: problem details whose <c>reason</c> is for programs.</summary>
    public static Outcome Refused(DomainRuleException refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new(StatusCodes.Status409Conflict,
            Serialize(new { type = $"/problems/{refusal.Code}", title = "Refused", status = StatusCodes.Status409Conflict, detail = refusal.Message, reason = refusal.Code }),
            "application/problem+json", Empty);
    }

    /// <summary>Problem details with members of their own.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="problem">The whole body, as RFC 9457 has it.</param>
    public static Outcome Problem<T>(int status, T problem) => new(status, Serialize(problem), "application/problem+json", Empty);

    /// <summary>The same, with one more header.</summary>
    public Outcome With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };

    /// <summary>The same, with the streams and versions that a write came to, before those it names already: a later query can ask to include them.</summary>
    public Outcome At(params IReadOnlyList<AppendResult> written)
    {
        var versions = written.Select(w => w.ToString());
        if (Headers.TryGetValue(StreamVersionHeader, out var named))
            versions = versions.Append(named);
        return this with { Headers = new Dictionary<string, string>(Headers) { [StreamVersionHeader] = string.Join(',', versions) } };
    }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (IsBegun)
            throw new InvalidOperationException("A request that was only begun has no answer yet: go on with it and settle it.");
        var response = httpContext.Response;
        response.StatusCode = Status;
        foreach (var (name, value) in Headers)
            response.Headers[name] = value;
        if (Body.IsEmpty)
            return Task.CompletedTask;
        response.ContentType = ContentType;
        return response.Body.WriteAsync(Body, httpContext.RequestAborted).AsTask();
    }

    private static readonly Dictionary<string, string> Empty = [];

    private static Outcome Of<T>(int status, T body, Dictionary<string, string> headers) => new(status, Serialize(body), "application/json", headers);

    private static byte[] Serialize<T>(T body) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(body, EventLog.Json);
}
