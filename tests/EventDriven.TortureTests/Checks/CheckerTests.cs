using EventDriven.TortureWorker;
using EventDriven.TortureWorker.Writing;

namespace EventDriven.TortureTests.Checks;

/// <summary>Each check finds what it is for, and nothing else does.</summary>
public sealed class CheckerTests
{
    private readonly Story _story = new Story().Commit("a", "b", "c").Commit("other");

    [Fact]
    public void A_good_history_has_no_findings_and_everything_was_checked()
    {
        var verdict = Checker.Judge(_story.Tell());
        Assert.Empty(verdict.Findings);
        Assert.Equal(4, verdict.Checked[Promise.AcknowledgedIsKept]);
        Assert.Equal(8, verdict.Checked[Promise.HandledOnce]);
    }

    [Fact]
    public void An_unknown_outcome_may_be_in_the_log_or_not() => Finds(_story.Commit("maybe").Forget("maybe").Attempt("never", Outcome.Unknown));

    [Fact]
    public void An_acknowledged_event_that_is_not_in_the_log_is_found() => Finds(_story.Attempt("gone", Outcome.Acknowledged), Promise.AcknowledgedIsKept);

    [Fact]
    public void An_acknowledged_event_in_another_place_is_found() =>
        Finds(_story.Change(h => h with { Attempts = [.. h.Attempts.Select(a => a.MessageId == Story.Id("b") ? a with { Version = 7 } : a)] }), Promise.AcknowledgedIsKept);

    [Fact]
    public void State_without_its_event_and_an_event_without_its_state_are_found()
    {
        Finds(_story.Change(h => h with { State = [.. h.State.Skip(1)] }), Promise.AcknowledgedIsKept);
        Finds(new Story().Commit("a").Change(h => h with { State = [.. h.State, Story.Id("stranger")] }), Promise.UncommittedIsNeverSeen);
    }

    [Fact]
    public void A_rolled_back_event_is_found_wherever_it_shows()
    {
        Finds(_story.Attempt("c", Outcome.NotCommitted), Promise.UncommittedIsNeverSeen);
        Finds(new Story().Commit("a").Attempt("x", Outcome.NotCommitted).Change(h => h with { Topic = [.. h.Topic, new(0, 9, "s", 9, Story.Id("x"))] }), Promise.UncommittedIsNeverSeen);
        Finds(new Story().Commit("a").Change(h => h with { Effects = [.. h.Effects, new(Contract.Steady, "s", 9, Story.Id("x"), "w")] }), Promise.UncommittedIsNeverSeen, Promise.SumsAgree);
    }

    [Fact]
    public void An_event_that_nobody_has_appended_is_found() => Finds(_story.Forget("a").Change(h => h with { Attempts = [.. h.Attempts.Skip(1)] }), Promise.UncommittedIsNeverSeen);

    [Fact]
    public void Holes_in_positions_are_found_at_rest_and_while_reading()
    {
        Finds(_story.Change(h => h with { Log = [.. h.Log.Select(e => e.Position == 4 ? e with { Position = 5 } : e)] }), Promise.PositionsAreGapless);
        Finds(new Story().Commit("a", "b").Change(h => h with { SeenPositions = [2] }), Promise.PositionsAreGapless);
    }

    [Fact]
    public void A_stream_out_of_its_order_by_position_is_found() => Finds(_story.Change(h => h with
    {
        Log = [.. h.Log.Select(e => e.Position switch { 1 => e with { Position = 2 }, 2 => e with { Position = 1 }, _ => e })],
    }), Promise.PositionsAreGapless);

    [Fact]
    public void A_broken_chain_is_found()
    {
        Finds(_story.Change(h => h with { Log = [.. h.Log.Select(e => e.Version == 1 ? e with { Recomputed = "else" } : e)] }), Promise.ChainIsValid);
        Finds(new Story().Commit("a", "b").Change(h => h with { Log = [.. h.Log.Select(e => e.Version == 1 ? e with { PreviousHash = "else" } : e)] }), Promise.ChainIsValid);
    }

    [Fact]
    public void A_committed_event_that_is_not_on_the_topic_is_found() =>
        Finds(_story.Change(h => h with { Topic = [.. h.Topic.Where(m => m.MessageId != Story.Id("b"))] }), Promise.CommittedIsPublished);

    [Fact]
    public void A_message_may_come_again_but_not_for_the_first_time_too_late()
    {
        Finds(_story.Change(h => h with { Topic = [.. h.Topic, h.Topic[0] with { Offset = 100 }] }));
        Finds(new Story().Commit("a", "b").Change(h => h with { Topic = [h.Topic[1] with { Offset = 0 }, h.Topic[0] with { Offset = 1 }] }), Promise.CommittedIsPublished);
    }

    [Fact]
    public void A_second_effect_is_found() => Finds(_story.Change(h => h with { Effects = [.. h.Effects, h.Effects[0] with { Number = 50, Worker = "zombie" }] }), Promise.HandledOnce, Promise.SumsAgree);

    [Fact]
    public void A_message_that_nobody_handled_is_found() => Finds(_story.Change(h => h with { Effects = [.. h.Effects.Skip(1)] }), Promise.NothingIsLost, Promise.SumsAgree);

    [Fact]
    public void Effects_out_of_order_are_found() => Finds(_story.Change(h => h with
    {
        Effects = [.. h.Effects.Select(e => e.Subscription == Contract.Steady && e.Number < 3 && e.Stream == "s1" ? e with { Number = 3 - e.Number } : e)],
    }), Promise.OrderPerKey);

    [Fact]
    public void What_is_behind_a_dead_message_is_accounted_for() => Finds(_story.Kill("b", behind: ["c"]));

    [Fact]
    public void A_dead_message_that_could_be_handled_and_one_parked_behind_nothing_are_found()
    {
        Finds(_story.Kill("b", behind: ["c"]).Change(h => h with { Log = [.. h.Log.Select(e => e with { IsPoisonForEver = false })] }), Promise.NothingIsLost);
        Finds(new Story().Commit("a", "b").Kill("b", behind: []).Change(h => h with { Aside = [.. h.Aside.Select(a => a with { State = "parked" })] }), Promise.NothingIsLost);
    }

    [Fact]
    public void A_message_that_still_waits_at_rest_is_found() =>
        Finds(_story.Kill("c", behind: []).Change(h => h with { Aside = [.. h.Aside.Select(a => a with { State = "waiting" })] }), Promise.NothingIsLost);

    [Fact]
    public void Sums_that_do_not_agree_are_found() => Finds(_story.Change(h => h with { Sums = [.. h.Sums.Select(s => s with { WithoutHandler = s.WithoutHandler + 1 })] }), Promise.SumsAgree);

    private static void Finds(Story story, params Promise[] broken) =>
        Assert.Equal(broken.ToHashSet(), Checker.Judge(story.Tell()).Broken.ToHashSet());
}
