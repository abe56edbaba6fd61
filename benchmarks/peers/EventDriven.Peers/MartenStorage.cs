using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Peers;

/// <summary>What an event takes on disk, its indexes and its stream's row included.</summary>
internal static class MartenStorage
{
    private const string Bytes = "select sum(pg_total_relation_size(oid)) from pg_class where relname in ('mt_events', 'mt_streams')";

    public static async Task Run(Arguments arguments)
    {
        var (streams, each) = (arguments.Number("streams", 20_000), arguments.Number("each", 10));
        await using var store = await MartenStore.Create(arguments);
        var before = await Servers.Scalar(MartenStore.Database, Bytes);
        await MartenStore.Fill(store, streams, each);
        var bytes = (double)(await Servers.Scalar(MartenStore.Database, Bytes) - before);
        await MartenStore.Measured("storage", MartenStore.Append(arguments), arguments, new() { ["bytes_per_event"] = bytes / (streams * each) }).Print(MartenStore.Database);
    }
}
