using Bunit;
using EventDriven.Dashboard.Components.Parts;
using EventDriven.Dashboard.Failures;
using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Operate;
using EventDriven.Dashboard.Watch;
using Microsoft.FluentUI.AspNetCore.Components;

namespace EventDriven.Dashboard.Tests.Components;

public sealed class FailureComponentTests : BunitContext
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public FailureComponentTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddFluentUIComponents();
    }

    [Fact]
    public void A_group_says_its_cause_how_many_and_how_many_are_behind()
    {
        var group = new FailureGroup("g1", "dead", "signup.user-signed-up.v1", "no row …", 1_412, 30, 9) { FirstFailedAt = Noon, LastFailedAt = Noon.AddMinutes(5) };
        var row = Render<FailureGroups>(groups => groups.Add(g => g.Groups, [new Located<FailureGroup>("email", "email", group)])).Find("[data-testid='group-g1']");

        foreach (var text in (string[])["no row …", "1,412", "30 keys", "9", "1 Jan 12:00:00", "1 Jan 12:05:00"])
            Assert.Contains(text, row.TextContent, StringComparison.Ordinal);
        Assert.Equal("failures/email/email/g1", row.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public void Only_what_holds_others_up_is_chosen_and_never_what_is_parked_behind_it()
    {
        HashSet<string> chosen = [];
        var table = Render<SetAsideTable>(t => t.Add(p => p.Messages, [Message("m-1", "dead"), Message("m-2", "parked"), Message("m-3", "waiting")]).Add(p => p.Chosen, chosen));
        table.Find("[data-testid='choose-all']").Change(true);

        Assert.Equal(["m-1"], chosen);
    }

    [Fact]
    public void A_plan_says_the_order_and_warns_of_what_comes_too_late()
    {
        var plan = new Planned([new("m-1", "signup.user-signed-up.v1", "user-1", 2, "skipped", Chosen: true, LaterApplied: true), new("m-2", "signup.subject-forgotten.v1", "user-1", 4, "parked", Chosen: false, LaterApplied: false)], null);
        var preview = Render<PlanPreview>(p => p.Add(c => c.Plan, plan));

        Assert.Contains("1 message, and 1 parked behind", preview.Find("[data-testid='plan']").TextContent, StringComparison.Ordinal);
        Assert.Contains("later ones were handled", preview.FindAll("li")[0].TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void An_outcome_tells_what_became_of_each()
    {
        var outcome = Render<DeedOutcome>(o => o.Add(p => p.Deed, Deed.Retry("email", "email", ["m-1"])).Add(p => p.Done, new Done(true, null, 7, []))
            .Add(p => p.Progress, new OperationProgress(Noon, "local", "email", "redrive", 12, 9, 2, 1, 0, 0)));

        Assert.Contains("9 handled, 2 being tried, 1 failed again", outcome.Markup, StringComparison.Ordinal);
        Assert.Equal("false", outcome.Find("[data-testid='outcome']").GetAttribute("data-over"));
    }

    [Fact]
    public void A_dead_letter_shows_in_the_picture_and_leads_to_the_failures()
    {
        var system = new SystemView([new ServiceView(new PartView("email", Condition.Up, null, Noon)) { Subscriptions = [new SubscriptionStatus("email", "running", null, 1, 0) { Topics = ["signup.events"], Dead = 2, Parked = 5 }] }], []);
        var node = Render<FlowCanvas>(c => c.Add(p => p.Scene, Scene.Of(FlowGraph.Empty, system, MessageList.Empty)).Add(p => p.System, system)).Find("[data-testid='node-subscription-email']");

        Assert.Equal(("failing", "failures"), (node.GetAttribute("data-state"), node.GetAttribute("href")));
        Assert.Contains("2 dead, 5 parked behind", node.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wide_fan_in_collapses_to_lines_without_numbers()
    {
        var graph = new FlowGraph([], [.. Enumerable.Range(0, 9).Select(static i => new Delivery($"t{i}.events", "insights", "insights", new Traffic { Rate = 40 })), new Delivery("t0.events", "email", "email", new Traffic { Rate = 40 })]);
        var scene = Scene.Of(graph, SystemView.Unknown, MessageList.Empty);

        Assert.Equal(9, scene.Edges.Count(static edge => edge.IsBundled));
        var canvas = Render<FlowCanvas>(c => c.Add(p => p.Scene, scene).Add(p => p.System, SystemView.Unknown));
        Assert.Single(canvas.FindAll("[data-testid='edge-t1.events-insights'] circle"));
        Assert.True(canvas.FindAll("[data-testid='edge-t0.events-email'] circle").Count > 1);
    }

    private static SetAsideMessage Message(string id, string state) => new(id, "signup.user-signed-up.v1", "signup.events", "/signup", "user-1", 1, state, 1) { ParkedAt = Noon };
}
