using EventDriven.Benchmarks.Floors;
using EventDriven.Benchmarks.Measuring;
using EventDriven.Benchmarks.Reporting;
using EventDriven.Benchmarks.Workloads;
using EventDriven.Benchmarks.Workloads.EventSourcing;

// One repetition of one workload in a process of its own; run.sh says which, and how often.
var arguments = new Arguments(args);
Func<Arguments, Task>? program = arguments.Workload switch
{
    "outbox" => Outbox.Run,
    "outbox-floor" => Outbox.RunFloor,
    "outbox-raw" => RawOutbox.Run,
    "drain" => Drain.Run,
    "latency" => Latency.Run,
    "latency-raw" => RawLatency.Run,
    "inbox" => Inbox.Run,
    "inbox-floor" => RawInbox.Run,
    "http-server" => Orders.Serve,
    "http-floor-server" => RawOrders.Serve,
    "http" => HttpLoad.Run,
    "backlog" => Backlog.Run,
    "backfill" => Backfill.Run,
    "scale" => Scale.Run,
    "subscriber" => Subscriber.Run,
    "streams" => Appends.NewStreams,
    "append" => Appends.WithExpectedVersion,
    "aggregate" => Aggregates.Run,
    "aggregate-snapshot" => Aggregates.WithSnapshot,
    "long" => LongLog.Run,
    "storage" => Storage.Run,
    "costs" => Costs.Run,
    "rebuild" => Projecting.Rebuild,
    "catchup" => Projecting.CatchUp,
    "report" => Report.Run,
    _ => null,
};
if (program is null)
{
    await Console.Error.WriteLineAsync($"'{arguments.Workload}' is no workload; benchmarks/README.md lists them.");
    return 64;
}
await program(arguments);
return 0;
