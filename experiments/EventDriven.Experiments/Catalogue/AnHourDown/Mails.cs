using EventDriven.Experiments.Laboratory;
using Npgsql;

namespace EventDriven.Experiments.Catalogue.AnHourDown;

/// <summary>What Email says it has sent, from its own log, which nobody can change: a mail that left twice is there twice.</summary>
internal static class Mails
{
    public static async Task<Dictionary<(Guid User, string Template), int>> Sent(Lab lab, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(lab.Database("email"));
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand("""
            select (convert_from(data, 'UTF8')::json ->> 'userId')::uuid, convert_from(data, 'UTF8')::json ->> 'template', count(*)::int
            from log.events where type = 'email.email-sent.v1' group by 1, 2
            """, connection);
        await using var row = await command.ExecuteReaderAsync(ct);
        var sent = new Dictionary<(Guid, string), int>();
        while (await row.ReadAsync(ct))
            sent[(row.GetGuid(0), row.GetString(1))] = row.GetInt32(2);
        return sent;
    }

    /// <summary>Makes the subscriber's records two months old, so that every window that it might have is over; what operators did is none of them.</summary>
    public static async Task Age(Lab lab, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(lab.Database("email"));
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand("""
            do $$
            declare
                c record;
            begin
                for c in select table_name, column_name from information_schema.columns where table_schema = 'inbox' and table_name <> 'audit' and data_type = 'timestamp with time zone'
                loop
                    execute format('update inbox.%I set %I = %I - interval ''60 days''', c.table_name, c.column_name, c.column_name);
                end loop;
            end $$
            """, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
