using EventDriven.Benchmarks.Measuring;
using EventDriven.Peers;

// One repetition of one workload by Wolverine or Marten in a process of its own; --store and --settings say how.
var arguments = new Arguments(args);
Func<Arguments, Task>? program = arguments.Workload switch
{
    "outbox" => Outbox.Run,
    "latency" => Latency.Run,
    "inbox" => Inbox.Run,
    "http-server" => Orders.Serve,
    "streams" => MartenAppends.NewStreams,
    "append" => MartenAppends.WithExpectedVersion,
    "aggregate" => MartenAggregates.Run,
    "storage" => MartenStorage.Run,
    "rebuild" => MartenProjecting.Rebuild,
    "catchup" => MartenProjecting.CatchUp,
    _ => null,
};
if (program is null)
{
    await Console.Error.WriteLineAsync($"'{arguments.Workload}' is no workload of the peers: benchmarks/README.md lists them.");
    return 64;
}
await program(arguments);
return 0;
