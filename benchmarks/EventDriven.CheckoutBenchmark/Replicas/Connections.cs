using Npgsql;

namespace EventDriven.CheckoutBenchmark.Replicas;

/// <summary>How many connections the services hold on the server, looked at every second until disposed.</summary>
internal sealed class Connections : IAsyncDisposable
{
    private static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ends = new();
    private readonly NpgsqlConnection _connection;
    private readonly Task _watching;

    public Connections(string superuser)
    {
        _connection = new(superuser);
        _watching = Watch();
    }

    /// <summary>All of them at once.</summary>
    public int Most { get; private set; }

    /// <summary>Those of one role in one database.</summary>
    public Dictionary<string, int> MostOf { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _connection.DisposeAsync();
        _ends.Dispose();
    }

    private async Task Watch()
    {
        await _connection.OpenAsync(_ends.Token);
        while (true)
        {
            await using var command = new NpgsqlCommand(
                "select datname || ' as ' || usename, count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1", _connection);
            var all = 0;
            await using (var row = await command.ExecuteReaderAsync(_ends.Token))
            {
                while (await row.ReadAsync(_ends.Token))
                {
                    var (who, count) = (row.GetString(0), (int)row.GetInt64(1));
                    MostOf[who] = Math.Max(MostOf.GetValueOrDefault(who), count);
                    all += count;
                }
            }
            Most = Math.Max(Most, all);
            await Task.Delay(LooksEvery, _ends.Token);
        }
    }
}
