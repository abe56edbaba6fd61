using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Log.Auditing;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.LogIsData;

/// <summary>Somebody with all rights on the database changes amounts behind the log's back.</summary>
internal static class Tampering
{
    /// <summary>How many of the changed events the audit does not name.</summary>
    public static async Task<int> NotFound(LabService service, StreamName stream, long[] versions, CancellationToken ct)
    {
        await service.Execute($"""
            alter table log.events disable trigger user;
            update log.events set data = convert_to(replace(convert_from(data, 'UTF8'), '"amount":', '"amount":9'), 'UTF8') where stream = '{stream}' and version in ({string.Join(',', versions)});
            alter table log.events enable trigger user;
            """);
        var verified = await service.Services.GetRequiredService<LogAudit>().Verify(stream, ct);
        return versions.Except(verified.Findings.Select(f => f.Version ?? -1)).Count();
    }
}
