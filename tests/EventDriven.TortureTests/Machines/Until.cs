namespace EventDriven.TortureTests.Machines;

/// <summary>Waits for facts.</summary>
internal static class Until
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks until it holds; false when it does not in time. A failing look is one that does not hold: what is looked at may be down.</summary>
    public static async Task<bool> Holds(Func<Task<bool>> look, TimeSpan within, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await look())
                    return true;
            }
            catch (Exception failure) when (failure is Npgsql.NpgsqlException or Confluent.Kafka.KafkaException or TimeoutException or IOException)
            {
                // looked at again
            }
            if (TimeProvider.System.GetElapsedTime(started) > within)
                return false;
            await Task.Delay(Again, ct);
        }
    }
}
