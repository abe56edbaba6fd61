using EventDriven.Experiments.Scorecard;

namespace EventDriven.Tests.Experiments;

public sealed class AdviceTests
{
    private static readonly Answers Usual = new(AnswerNeeded.No, OrderNeeded.OfOneThing, WorkSize.Short, Listeners.Several, Team.Equipped);

    private static IEnumerable<Answers> Every =>
        from answer in Enum.GetValues<AnswerNeeded>()
        from order in Enum.GetValues<OrderNeeded>()
        from work in Enum.GetValues<WorkSize>()
        from who in Enum.GetValues<Listeners>()
        from team in Enum.GetValues<Team>()
        select new Answers(answer, order, work, who, team);

    [Fact]
    public void What_several_want_to_know_and_nobody_waits_for_is_an_event() => Assert.Equal(Way.Event, Advice.Of(Usual).Way);

    [Fact]
    public void What_one_service_has_to_do_later_is_a_command() => Assert.Equal(Way.Command, Advice.Of(Usual with { Who = Listeners.One }).Way);

    [Fact]
    public void An_answer_that_is_needed_now_from_one_is_a_call() =>
        Assert.Equal(Way.Call, Advice.Of(Usual with { Answer = AnswerNeeded.Now, Who = Listeners.One }).Way);

    [Fact]
    public void An_answer_that_is_needed_now_and_news_for_others_are_a_call_and_then_an_event() =>
        Assert.Equal(Way.CallThenEvent, Advice.Of(Usual with { Answer = AnswerNeeded.Now }).Way);

    [Fact]
    public void Tiny_work_for_one_is_a_call() => Assert.Equal(Way.Call, Advice.Of(Usual with { Work = WorkSize.Tiny, Who = Listeners.One }).Way);

    [Fact]
    public void Order_across_services_needs_a_process_manager() =>
        Assert.Equal(Way.EventAndProcessManager, Advice.Of(Usual with { Order = OrderNeeded.AcrossServices }).Way);

    [Fact]
    public void One_service_with_one_database_leaves_it_alone_unless_others_will_come() =>
        Assert.All(Every.Where(a => a.Team == Team.OneService), answers => Assert.Equal(answers.Who != Listeners.NotKnownYet, Advice.Of(answers).Way == Way.NoneOfThis));

    [Fact]
    public void Whatever_is_answered_has_reasons_that_experiments_measure()
    {
        var names = EventDriven.Experiments.Catalogue.Experiments.All.Select(e => e.Name).ToHashSet();

        Assert.All(Every.Select(Advice.Of), advice =>
        {
            Assert.NotEmpty(advice.Reasons);
            Assert.All(advice.Reasons, reason => Assert.Contains(reason.Experiment, names));
        });
    }

    [Fact]
    public void A_team_that_cannot_follow_a_message_is_told_to_see_to_that_first() =>
        Assert.Contains(Advice.Of(Usual with { Team = Team.WithoutTracing }).Reasons, reason => reason.Experiment == "no-tracing");
}
