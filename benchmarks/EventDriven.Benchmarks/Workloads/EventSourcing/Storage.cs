using EventDriven.Benchmarks.Measuring;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>What an event takes on disk, its indexes and its stream's head included.</summary>
internal static class Storage
{
    private const string Bytes = "select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'log' and c.relkind = 'r'";

    public static async Task Run(Arguments arguments)
    {
        var (streams, each) = (arguments.Number("streams", 20_000), arguments.Number("each", 10));
        await BenchService.Prepare();
        await using var service = await SourcedService.Start();
        var before = await Servers.Scalar(BenchService.Name, Bytes);
        await SourcedService.Fill(service, SourcedService.NewStreams(streams), each);
        var bytes = (double)(await Servers.Scalar(BenchService.Name, Bytes) - before);
        await SourcedService.Result("storage", arguments, new() { ["bytes_per_event"] = bytes / (streams * each) }).Print(BenchService.Name);
    }
}
