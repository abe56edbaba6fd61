using System.Globalization;
using System.Security.Cryptography;
using EventDriven.TortureTests.Checks;
using EventDriven.TortureTests.Faults;
using EventDriven.TortureTests.Machines;
using EventDriven.TortureWorker;

namespace EventDriven.TortureTests;

/// <summary>The system and its faulty doubles under the same torture. docs/torture.md says how to run and to replay it.</summary>
[Collection(Rig.Shared)]
public sealed class Tortures(Rig rig)
{
    private const long EventsOfShortForm = 20_000;
    private static readonly int? GivenSeed = Number("TORTURE_SEED");
    private static readonly int Minutes = Number("TORTURE_MINUTES") ?? 0;
    private static readonly int? RestSeconds = Number("TORTURE_REST"), RoundSeconds = Number("TORTURE_ROUND"), Rate = Number("TORTURE_RATE");

    [Fact]
    public async Task Promise_2_nothing_is_lost_doubled_or_reordered_whatever_happens_to_its_processes()
    {
        var result = await Torture(new()
        {
            Name = Minutes > 0 ? $"of {Minutes} minutes" : "in short",
            Length = Minutes > 0 ? TimeSpan.FromMinutes(Minutes) : TimeSpan.FromSeconds(62),
            Faults = FaultMix.Full,
            Acknowledged = EventsOfShortForm,
            Round = TimeSpan.FromSeconds(RoundSeconds ?? 60),
            Rate = Rate ?? 300,
            RestWithin = TimeSpan.FromSeconds(RestSeconds ?? 60),
        });

        Assert.True(result.IsComplete, "The faults were not over in time.");
        Assert.True(result.Acknowledged >= EventsOfShortForm, $"{result.Acknowledged} events were acknowledged.");
        Assert.True(result.Streams >= 500, $"{result.Streams} streams were written to.");
        Assert.True(result.Loaded >= TimeSpan.FromSeconds(60) && result.Kills >= 10 && result.Stops >= 5, "Too little happened.");
        Assert.True(result.Nemesis.Count(FaultKind.RestartPostgres) >= 1 && result.Nemesis.Count(FaultKind.RestartKafka) >= 1 && result.Nemesis.Count(FaultKind.Rebalance) >= 3, "Too little happened.");
        Assert.All(result.Verdict.Checked, checkedBy => Assert.True(checkedBy.Value > 0, $"{checkedBy.Key} was checked on nothing."));
        Assert.Empty(result.Nemesis.EndedByThemselves);
        Assert.Empty(result.Verdict.Findings);
        Assert.True(result.IsAtRest, $"Not everything came to rest; histories and logs are in {result.Files}.");
    }

    [Fact]
    public async Task A_naive_cursor_is_caught_losing_what_commits_late()
    {
        var result = await Torture(Double(DoubleNames.NaiveCursor) with
        {
            Faults = new((FaultKind.KillConsumer, 1)),
            Slow = 200, // transactions that are overtaken while they are open are what it loses
            Consumers = 1,
            RestWithin = TimeSpan.FromSeconds(2), // it never comes to rest
        });
        // What never comes cannot be handled.
        AssertCaught(result, Promise.CommittedIsPublished, mayFollow: [Promise.NothingIsLost, Promise.SumsAgree]);
        Assert.Contains(result.Verdict.Findings, f => f.What.EndsWith("is committed and not on the topic", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_consumer_without_an_inbox_is_caught_handling_twice()
    {
        var result = await Torture(Double(DoubleNames.NoInbox) with
        {
            Length = TimeSpan.FromSeconds(12),
            Faults = new((FaultKind.KillConsumer, 3)), // what it has handled since its last commit is handled again
        });
        AssertCaught(result, Promise.HandledOnce, mayFollow: [Promise.SumsAgree]);
    }

    [Fact]
    public async Task A_consumer_without_a_fence_is_caught_writing_after_it_lost_its_partitions()
    {
        var result = await Torture(Double(DoubleNames.NoFence) with
        {
            Faults = new((FaultKind.StopConsumerForLong, 2)), // what it has in hand then is handled by others, and by itself when it wakes up
            Consumers = 3,
        });
        AssertCaught(result, Promise.HandledOnce, mayFollow: [Promise.SumsAgree, Promise.OrderPerKey]);
    }

    private static RunOptions Double(string name) => new()
    {
        Name = name,
        Double = name,
        Length = TimeSpan.FromSeconds(10),
        Faults = FaultMix.Full,
        Consumers = 2,
        Rate = 200,
        RestWithin = TimeSpan.FromSeconds(30),
    };

    /// <summary>By the check of what it breaks, and by none that it keeps.</summary>
    private static void AssertCaught(Result result, Promise broken, IEnumerable<Promise> mayFollow)
    {
        Assert.True(result.Acknowledged > 0, "Nothing was written.");
        Assert.Contains(broken, result.Verdict.Broken);
        Assert.Empty(result.Verdict.Broken.Except([broken, .. mayFollow]));
    }

    private async Task<Result> Torture(RunOptions options)
    {
        Rig.SkipUnlessPossible();
        var seed = GivenSeed ?? RandomNumberGenerator.GetInt32(1, 1_000_000);
        Rig.Tell($"torture {options.Name}: seed {seed} (again with TORTURE_SEED={seed})");
        var keeps = rig.KeepFiles;
        rig.KeepFiles = true; // should it fail on the way
        var result = await Run.Do(rig, seed, options, Rig.Tell, TestContext.Current.CancellationToken);
        Rig.Tell(result.ToString());
        rig.KeepFiles = keeps || (options.Double.Length == 0 && !result.IsGood);
        return result;
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
