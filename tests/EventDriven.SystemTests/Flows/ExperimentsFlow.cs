using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>An experiment is run from the dashboard, on a copy of the system of its own beside the one that runs.</summary>
[Collection("in-memory broker")]
public sealed class ExperimentsFlow(InMemorySystem system) : FlowTest(system)
{
    [Fact]
    public async Task It_shows_how_far_it_is_and_ends_with_verdicts()
    {
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/experiments");
        await Eventually.Get(async () => await dashboard["experiment-ordering-and-gaps"].CountAsync() + await dashboard["experiments-problem"].CountAsync(),
            said => said > 0, "their program, built where it has to be, names them", TimeSpan.FromMinutes(3));
        Assert.Equal([], await dashboard["experiments-problem"].AllTextContentsAsync());
        await dashboard.Keep("experiments");
        await dashboard.Go("/experiments/ordering-and-gaps");
        await dashboard.Click("run-short", until: "run-state");
        await Eventually.Get(() => dashboard["picture"].CountAsync(), pictures => pictures > 0, "there is a picture of what it sees", TimeSpan.FromMinutes(3));
        await dashboard.Keep("experiment-running");
        var state = await Eventually.Get(() => dashboard["run-state"].GetAttributeAsync("data-state"), now => now != "running", "it ended", TimeSpan.FromMinutes(4));
        await dashboard.Keep("experiment");

        Assert.True(state == "ended", $"{state}: {await dashboard["outcome"].TextContentAsync()}");
        Assert.Equal(4, await dashboard.Page.Locator("td[data-label='Verdict']:not(.soft)").CountAsync());
    }
}
