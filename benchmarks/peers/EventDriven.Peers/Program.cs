using EventDriven.Benchmarks.Measuring;
using EventDriven.Peers;

// One repetition of one workload by Wolverine in a process of its own; --store and --settings say which Wolverine.
var arguments = new Arguments(args);
Func<Arguments, Task>? program = arguments.Workload switch
{
    "outbox" => Outbox.Run,
    "latency" => Latency.Run,
    "inbox" => Inbox.Run,
    "http-server" => Orders.Serve,
    _ => null,
};
if (program is null)
{
    await Console.Error.WriteLineAsync($"'{arguments.Workload}' is no workload of the peers: outbox, latency, inbox, http-server.");
    return 64;
}
await program(arguments);
return 0;
