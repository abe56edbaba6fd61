using EventDriven.SystemTests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventDriven.SystemTests.Flows;

/// <summary>A person at the dashboard, in headless Chromium: sign somebody up, and see the message move.</summary>
public abstract class DashboardFlow(RunningSystem system) : FlowTest(system)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Soon = new() { Timeout = 30_000 };
    private readonly Customers _customers = new(system);

    [Fact]
    public async Task A_sign_up_is_seen_to_move_to_every_subscription()
    {
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/");
        var page = dashboard.Page;
        await Expect(page.GetByTestId("health-signup")).ToBeVisibleAsync(Soon);
        foreach (var part in (string[])["signup", "email", "recommendations", "kafka", "postgres"])
            await Expect(page.GetByTestId($"health-{part}")).ToHaveAttributeAsync("data-condition", "up", new() { Timeout = 30_000 });

        var user = await _customers.SignUp();
        await Expect(page.GetByTestId("node-topic-signup.events")).ToBeVisibleAsync(Soon);
        await Expect(page.GetByTestId("edge-signup-signup.events")).ToBeAttachedAsync(new() { Timeout = 30_000 });
        await Expect(page.GetByTestId("edge-signup.events-email")).ToBeAttachedAsync(new() { Timeout = 30_000 });

        var signedUp = (await _customers.ControlGet("signup", "/control/log/messages"))!.AsArray().First(m => m!["stream"]!.GetValue<string>() == $"user-{user}")!;
        await dashboard.Search(signedUp["messageId"]!.GetValue<string>());
        foreach (var hop in (string[])["hop-appended", "hop-sequenced", "hop-relayed", "hop-subscription-email", "hop-subscription-recommendations"])
            await Expect(page.GetByTestId(hop)).ToHaveAttributeAsync("data-outcome", "done", new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task Nobody_sees_anything_without_the_sign_in_link()
    {
        await using var dashboard = await DashboardPage.Open(Running, signIn: false);
        var page = dashboard.Page;
        await page.GotoAsync(Running.Endpoint("dashboard").ToString());
        await Expect(page.GetByTestId("login")).ToBeVisibleAsync(Soon);
        await page.GotoAsync(new Uri(Running.Endpoint("dashboard"), "/login?t=wrong").ToString());
        await Expect(page.GetByTestId("login")).ToBeVisibleAsync(Soon);
        Assert.Equal(0, await page.GetByTestId("health-signup").CountAsync());
    }
}

[Collection("in-memory broker")]
public sealed class Dashboard_on_the_in_memory_broker(InMemorySystem system) : DashboardFlow(system);

[Collection("broker at hand")]
public sealed class Dashboard_on_Apache_Kafka(BrokerAtHand system) : DashboardFlow(system);
