using System.Text.Json;
using EventDriven.Dashboard.Failures;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Operate;

/// <summary>What operators did, from the audits of all services.</summary>
internal sealed class AuditReader(ControlClient control)
{
    private const int Shown = 20;

    public async Task<IReadOnlyList<Located<AuditEntry>>> Newest(CancellationToken ct)
    {
        var all = await Task.WhenAll(control.Services.Select(service => Of(service, ct)));
        return [.. all.SelectMany(static entries => entries).OrderByDescending(static entry => entry.What.At).Take(Shown)];
    }

    private async Task<IEnumerable<Located<AuditEntry>>> Of(string service, CancellationToken ct)
    {
        try
        {
            return (await control.Get<AuditEntry[]>(service, $"control/audit?limit={Shown}", ct) ?? []).Select(entry => new Located<AuditEntry>(service, entry.Subscription, entry));
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return [];
        }
    }
}

/// <summary>One line of a service's audit.</summary>
public sealed record AuditEntry(long Id, DateTimeOffset At, string Who, string Subscription, string Action, JsonElement Details)
{
    /// <summary>How many messages it was about; null when it was about none in particular.</summary>
    public int? Messages => Details.ValueKind is JsonValueKind.Object && Details.TryGetProperty("messageIds", out var ids) ? ids.GetArrayLength() : null;
}
