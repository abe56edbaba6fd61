using EventDriven.Benchmarks.Measuring;
using EventDriven.EventSourcing;
using EventDriven.EventSourcing.Projections;

namespace EventDriven.Benchmarks.Workloads.EventSourcing;

/// <summary>A document per stream from many events: built anew beside what readers see until they see it, and caught up with.</summary>
internal static class Projecting
{
    public static async Task Rebuild(Arguments arguments)
    {
        var (streams, each) = Sizes(arguments);
        await using var service = await Filled(streams, each);
        await CatchUp(service, streams, each);
        for (var n = 0; n < Moves.WarmUps; n++)
            await Once(build: n + 2);
        await SourcedService.Result("rebuild", arguments, await Once(build: Moves.WarmUps + 2)).Print(BenchService.Name);

        async Task<Dictionary<string, double>> Once(int build)
        {
            await Servers.Execute(BenchService.Name, "checkpoint");
            var use = new Use();
            await service.Steer("select sourcing.begin_build('accounts', 1)");
            await Servers.Until(BenchService.Name, $"select count(*) from sourcing.builds where state = 'active' and build = {build}", 1, TimeSpan.FromMinutes(5));
            var values = use.Of(streams * each);
            await Check(streams, each);
            return values;
        }
    }

    public static async Task CatchUp(Arguments arguments)
    {
        var (streams, each) = Sizes(arguments);
        await using var service = await Filled(streams, each);
        for (var n = 0; n < Moves.WarmUps; n++)
        {
            await CatchUp(service, streams, each);
            await service.Steer("update sourcing.projections set paused = true");
            await Task.Delay(TimeSpan.FromSeconds(2)); // it has seen that
            await Servers.Execute(BenchService.Name, "update sourcing.builds set position = 0; truncate read.accounts_v1_b1");
        }
        await SourcedService.Result("catchup", arguments, await CatchUp(service, streams, each)).Print(BenchService.Name);
    }

    private static async Task<Dictionary<string, double>> CatchUp(BenchService service, int streams, int each)
    {
        await Servers.Execute(BenchService.Name, "checkpoint");
        var use = new Use();
        await service.Steer("update sourcing.projections set paused = false");
        await Servers.Until(BenchService.Name, "select position from sourcing.builds where state = 'active'", (long)streams * each, TimeSpan.FromMinutes(5));
        var values = use.Of(streams * each);
        await Check(streams, each);
        return values;
    }

    private static (int Streams, int Each) Sizes(Arguments arguments) => (arguments.Number("streams", 20_000), arguments.Number("each", 10));

    /// <summary>A service whose log is full and whose projection has not begun.</summary>
    private static async Task<BenchService> Filled(int streams, int each)
    {
        await BenchService.Prepare();
        var service = await SourcedService.Start(add: builder => builder.AddProjection(new Accounts()));
        await service.Steer("update sourcing.projections set paused = true");
        await SourcedService.Fill(service, SourcedService.NewStreams(streams), each);
        return service;
    }

    private static async Task Check(int streams, int each)
    {
        if (await Servers.Scalar(BenchService.Name, $"select count(*) from read.accounts where (document ->> 'count')::int = {each}") != streams)
            throw new InvalidOperationException("The documents are not what the events say.");
    }

    /// <summary>A document per stream.</summary>
    private sealed class Accounts : IDocumentProjection<Account>
    {
        public string Name => "accounts";

        public int Version => 1;

        public Account? Evolve(Account? document, ProjectedEvent recorded) =>
            recorded.Event is Moved moved ? new((document?.Count ?? 0) + 1, (document?.Total ?? 0) + moved.Amount) : document;
    }
}
