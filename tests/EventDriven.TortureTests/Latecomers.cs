using EventDriven.TortureTests.Checks;
using EventDriven.TortureTests.Faults;
using EventDriven.TortureTests.Histories;
using EventDriven.TortureTests.Machines;
using EventDriven.TortureWorker;

namespace EventDriven.TortureTests;

/// <summary>
/// Consumers that come when the topic has forgotten all that was published before, and are killed while they read it from its
/// publisher's log and the topic goes on.
/// </summary>
[Collection(Rig.Shared)]
public sealed class Latecomers(Rig rig)
{
    private const int PublishedBefore = 10_000;
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Promise_2_a_subscriber_that_comes_after_the_topic_has_forgotten_gets_the_whole_history_once_though_it_is_killed_on_the_way()
    {
        Rig.SkipUnlessPossible();
        var ct = TestContext.Current.CancellationToken;
        await using var fleet = await Fleet.Start(rig, seed: 1, new() { Name = "late", Length = Within, Faults = new(), ConsumersComeLater = true }, ct);
        var nemesis = new Nemesis(fleet);
        var tally = new Tally(fleet.Files);
        await Comes(() => Task.FromResult(tally.Acknowledged() > PublishedBefore), "enough was published");
        var forgotten = await rig.Kafka.Forget(Contract.Topic(fleet.Source));
        Assert.True(forgotten > PublishedBefore / 2, $"The topic has forgotten {forgotten} messages only.");

        await Fleet.Start(fleet.Consumers, fleet.Files, ct);
        var read = 0L;
        foreach (var consumer in fleet.Consumers)
        {
            await Comes(async () => await Read(fleet) > read, "it reads on in the history");
            await consumer.End(Signal.Kill);
            Assert.True(await Query.Number(fleet.ConsumerDatabase, "select count(*) from inbox.history where not done") > 0, "the history was read already");
            read = await Read(fleet);
            consumer.Start();
        }

        await Run.EndLoad(fleet, nemesis, ct);
        await Comes(() => Rest.IsSequenced(fleet), "all is sequenced");
        await Comes(() => Rest.IsReached(fleet), "all is at rest");
        var watch = new PositionWatch(fleet);
        await watch.LookOnce();
        var verdict = Checker.Judge(await Collector.Collect(fleet, watch.Seen));
        var effects = verdict.Checked[Promise.HandledOnce];
        Rig.Tell($"latecomers: {forgotten:N0} messages forgotten by the topic, {fleet.Consumers.Length} kills while the history was read; {effects:N0} effects checked, {verdict.Findings.Count(f => f.Promise != Promise.CommittedIsPublished):N0} findings");
        Assert.All(verdict.Checked, checkedBy => Assert.True(checkedBy.Value > 0, $"{checkedBy.Key} was checked on nothing."));
        Assert.DoesNotContain(verdict.Findings, f => f.Promise != Promise.CommittedIsPublished); // what was published is on the topic no more
        Assert.Empty(nemesis.EndedByThemselves);

        async Task Comes(Func<Task<bool>> look, string what) => Assert.True(await Until.Holds(() =>
        {
            nemesis.LookAfter();
            return look();
        }, Within, ct), $"Not within {Within}: {what}; histories and logs are in {fleet.Files}.");
    }

    private static Task<long> Read(Fleet fleet) => Query.Number(fleet.ConsumerDatabase, "select sum(after) from inbox.history");
}
