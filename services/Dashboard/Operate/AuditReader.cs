using System.Text.Json;
using EventDriven.Dashboard.Failures;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Operate;

/// <summary>What operators did, from the audits of all services and of the host.</summary>
internal sealed class AuditReader(ControlClient control, HostClient host)
{
    private const int Shown = 20;

    public async Task<IReadOnlyList<Located<AuditEntry>>> Newest(CancellationToken ct)
    {
        var all = await Task.WhenAll([
            .. control.Services.Select(service => Of(service, async () => await control.Get<AuditEntry[]>(service, $"control/audit?limit={Shown}", ct) ?? [], ct)),
            Of("host", () => host.Audit(ct), ct),
        ]);
        return [.. all.SelectMany(static entries => entries).OrderByDescending(static entry => entry.What.At).Take(Shown)];
    }

    private static async Task<IEnumerable<Located<AuditEntry>>> Of(string keeper, Func<Task<AuditEntry[]>> ask, CancellationToken ct)
    {
        try
        {
            return (await ask()).Select(entry => new Located<AuditEntry>(keeper, entry.Subscription, entry));
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return [];
        }
    }
}

/// <summary>One line of an audit: of a service's, or of the host's, where the subscription is a whole service.</summary>
public sealed record AuditEntry(long Id, DateTimeOffset At, string Who, string Subscription, string Action, JsonElement Details)
{
    /// <summary>How many messages it was about; null when it was about none in particular.</summary>
    public int? Messages => Details.ValueKind is JsonValueKind.Object && Details.TryGetProperty("messageIds", out var ids) ? ids.GetArrayLength() : null;
}
