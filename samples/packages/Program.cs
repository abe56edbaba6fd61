using EventDriven.EventSourcing;
using EventDriven.Log;

// A counter with nothing but the packages: its rules are two pure functions, and its state is the fold of its events.
var counter = Decider.Of<Count, Counted, int>(
    "counter",
    (command, total) => total + command.By < 0 ? throw new DomainRuleException($"The counter is at {total} and never below 0.") : [new Counted(command.By)],
    (total, counted) => total + counted.By,
    initial: 0);

List<NewEvent> history = [];
foreach (var by in (int[])[1000, 4500, -500])
    history.AddRange(counter.Decide(new Count(by), Total()));
Console.WriteLine($"{history.Count} events come to {Total()}.");

try
{
    counter.Decide(new Count(-5001), Total());
}
catch (DomainRuleException refused)
{
    Console.WriteLine($"Refused: {refused.Message}");
}

int Total() => history.Aggregate(counter.Initial, (total, happened) => counter.Evolve(total, happened.Data));

internal sealed record Count(int By);

internal sealed record Counted(int By);
