using System.Runtime.CompilerServices;
using System.Text.Json;
using EventDriven.Accounts.Rules;
using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Auditing;

namespace EventDriven.Accounts.History;

/// <summary>All that happened to an account, and whether it is still what was written. Findings: where it is not.</summary>
internal sealed record AccountHistory(Guid AccountId, bool ChainVerifies, IEnumerable<HistoryFinding> Findings, IAsyncEnumerable<HistoryEvent> Events);

internal sealed record HistoryEvent(long Version, string Type, DateTimeOffset RecordedAt, DateTimeOffset EffectiveAt, JsonElement Data, string Hash);

internal sealed record HistoryFinding(string Kind, long? Version, string What);

internal static class HistoryEndpoint
{
    private const int PageSize = 500;

    extension(IEndpointRouteBuilder app)
    {
        public void MapHistory() => app.MapGet("/accounts/{id}/history", Get).WithTags("Accounts").WithSummary("The events of an account, verified")
            .Produces<AccountHistory>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Get(Guid id, EventLog log, LogAudit audit, DeciderStore<AccountCommand, Account> accounts, CancellationToken ct)
    {
        var stream = accounts.Stream(id);
        var verification = await audit.Verify(stream, ct);
        if (verification is { Events: 0, IsValid: true })
            throw new StreamNotFoundException(stream);
        return TypedResults.Ok(new AccountHistory(id, verification.IsValid, verification.Findings.Select(f => new HistoryFinding(f.Kind, f.Version, f.What)), Events(log, stream, ct)));
    }

    private static async IAsyncEnumerable<HistoryEvent> Events(EventLog log, StreamName stream, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var page = await log.Reader.Chained(stream, 0, PageSize, ct); page.Count > 0; page = await log.Reader.Chained(stream, page[^1].Event.Version + 1, PageSize, ct))
        {
            foreach (var (e, hash) in page)
                yield return new(e.Version, e.Type, e.RecordedAt, e.EffectiveAt, Data(e.Data), Convert.ToHexStringLower(hash.Span));
        }
    }

    /// <summary>What was tampered with may be no JSON any more; then it is shown as the text it is.</summary>
    private static JsonElement Data(ReadOnlyMemory<byte> stored)
    {
        try
        {
            return JsonElement.Parse(stored.Span);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(System.Text.Encoding.Latin1.GetString(stored.Span));
        }
    }
}
