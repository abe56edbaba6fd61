using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace EventDriven.Log.Requests;

/// <summary>The table of first outcomes, one per scope and key.</summary>
internal static class OutcomeTable
{
    private const string Constraint = "outcomes_pkey";

    public static Sql Read(string scope, string key) =>
        new("select fingerprint, status, body, headers::text from log.outcomes where scope = $1 and key = $2", scope, key);

    /// <summary>Fails when there is one: <see cref="IsTaken"/>.</summary>
    public static Sql Insert(RequestKey key, Outcome outcome) => new(
        "insert into log.outcomes (scope, key, fingerprint, status, body, headers) values ($1, $2, $3, $4, $5, $6::jsonb)", Parameters(key, outcome));

    /// <summary>Touches no row when there is one.</summary>
    public static Sql InsertIfFirst(RequestKey key, Outcome outcome) => new(
        "insert into log.outcomes (scope, key, fingerprint, status, body, headers) values ($1, $2, $3, $4, $5, $6::jsonb) on conflict do nothing", Parameters(key, outcome));

    /// <summary>Touches no row but one that was only begun.</summary>
    public static Sql Settle(RequestKey key, Outcome outcome) => new("""
        update log.outcomes set status = $4, body = $5, headers = $6::jsonb where scope = $1 and key = $2 and fingerprint = $3 and status = 0
        """, Parameters(key, outcome));

    public static bool IsTaken(Exception failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: Constraint };

    /// <summary>What is answered to a repeat. A row without a fingerprint answers whatever comes with its key.</summary>
    public static IResult Answer(NpgsqlDataReader row, string key, byte[] fingerprint)
    {
        var first = row.GetFieldValue<byte[]>(0);
        return first.Length == 0 || first.AsSpan().SequenceEqual(fingerprint)
            ? Stored(row)
            : RequestKey.Reused(key);
    }

    public static Outcome Stored(NpgsqlDataReader row)
    {
        var headers = JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(3))!;
        headers.Remove("content-type", out var contentType);
        return new(row.GetInt32(1), row.GetFieldValue<byte[]>(2), contentType!, headers);
    }

    public static string Headers(Outcome outcome) =>
        JsonSerializer.Serialize(new Dictionary<string, string>(outcome.Headers) { ["content-type"] = outcome.ContentType });

    private static object?[] Parameters(RequestKey key, Outcome outcome) =>
        [key.Scope, key.Key, key.Fingerprint, outcome.Status, outcome.Body.ToArray(), Headers(outcome)];
}
