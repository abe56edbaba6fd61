namespace Aspire.Npgsql;

/// <summary>Bound from <c>Aspire:Npgsql</c>, then <c>Aspire:Npgsql:{connectionName}</c>, then the connection string.</summary>
public class NpgsqlSettings
{
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }

    public bool DisableMetrics { get; set; }
}
