using System.Net.Http.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using EventDriven.SystemTests.Support;
using Microsoft.Playwright;

namespace EventDriven.SystemTests.Flows;

/// <summary>
/// Every view, for everybody: with a screen reader, with the keyboard, on a telephone, in the dark. What a view looks like does not depend on the broker.
/// </summary>
[Collection("in-memory broker")]
public sealed class ViewsFlow(InMemorySystem system) : FlowTest(system)
{
    private const int Writers = 64;

    // CI looks at the views with what the other tests have left; VIEWS_MESSAGES=100000 shows them with a large log.
    private static readonly int Messages = int.TryParse(Environment.GetEnvironmentVariable("VIEWS_MESSAGES"), System.Globalization.CultureInfo.InvariantCulture, out var wanted) ? wanted : 0;

    // Only colours differ in the dark.
    private static readonly RunOnlyOptions OnColours = RunOnlyOptions.Rules("color-contrast", "link-in-text-block");

    private readonly Customers _customers = new(system);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Messages == 0)
            return;
        var missing = Messages - (await _customers.ControlGet("accounts", "/control/log"))!["position"]!.GetValue<long>();
        var bank = new Bank(Running);
        var accounts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => bank.Open()));
        using var client = Running.Client("accounts");
        await Parallel.ForAsync(0, missing, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = Ct }, async (number, ct) =>
        {
            using var deposit = new HttpRequestMessage(HttpMethod.Post, $"/accounts/{accounts[number % Writers]}/deposits") { Content = JsonContent.Create(new { amount = 1, currency = Bank.Eur }) };
            deposit.Headers.Add("Idempotency-Key", Bank.NewKey());
            using var answer = await client.SendAsync(deposit, ct);
            answer.EnsureSuccessStatusCode();
        });
    }

    [Theory]
    [InlineData("/", "flow")]
    [InlineData("/messages", "messages")]
    [InlineData("/failures", "failures-empty")]
    [InlineData("/topics", "topics-view")]
    [InlineData("/topics/signup.events", "topic-view")]
    [InlineData("/services", "services-view")]
    [InlineData("/link", "link-view")]
    [InlineData("/subscriptions", "subscriptions-view")]
    [InlineData("/numbers", "numbers-view")]
    [InlineData("/time", "time-bank-view")]
    [InlineData("/find", "find")]
    public async Task A_view_opens_by_its_address_has_nothing_serious_for_axe_and_fits_a_telephone_and_a_screen(string path, string name)
    {
        await _customers.SignUp();
        await using var dashboard = await DashboardPage.Open(Running);
        List<string> errors = [];
        dashboard.Page.Console += (_, message) => { if (message.Type == "error") errors.Add(message.Text); };
        await dashboard.Go(path);
        await Assertions.Expect(dashboard.Page.Locator("h1")).ToBeVisibleAsync();
        foreach (var waiting in (string[])["Asking ", "Looking "])
            await Assertions.Expect(dashboard.Page.GetByText(waiting)).ToHaveCountAsync(0, new() { Timeout = 30_000 });
        foreach (var (scheme, rules) in ((ColorScheme, RunOnlyOptions?)[])[(ColorScheme.Light, null), (ColorScheme.Dark, OnColours)])
        {
            await dashboard.Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            var found = await dashboard.Page.RunAxe(new() { ResultTypes = [ResultType.Violations], RunOnly = rules });
            Assert.Empty(found.Violations.Where(static v => v.Impact is "serious" or "critical").Select(static v => $"{v.Id}: {v.Nodes[0].Html}"));
        }

        await dashboard.Keep(name);
        foreach (var (width, height) in ((int, int)[])[(1280, 800), (390, 844)])
        {
            await dashboard.Page.SetViewportSizeAsync(width, height);
            Assert.True(await dashboard.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"it scrolls sideways at {width} px");
        }
        Assert.Empty(errors);
    }

    [Fact]
    public async Task The_keyboard_alone_leads_from_the_flow_to_the_failures()
    {
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Go("/");
        for (var presses = 0; presses < 60 && !await IsFocused(dashboard, "failures"); presses++)
            await dashboard.Page.Keyboard.PressAsync("Tab");
        Assert.True(await IsFocused(dashboard, "failures"));
        await dashboard.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(dashboard.Page.Locator("h1")).ToHaveTextAsync("Failures");
        await Assertions.Expect(dashboard.Page.Locator("h1")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_is_typed_while_a_page_becomes_live_is_all_in_the_box()
    {
        const string text = "ada.lovelace@analytical-engine.example";
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Begin("/");
        await dashboard["search"].PressSequentiallyAsync(text, new() { Delay = 60 });
        await dashboard.IsLive();
        await Assertions.Expect(dashboard["search"]).ToBeFocusedAsync();
        await Assertions.Expect(dashboard["search"]).ToHaveValueAsync(text);
    }

    [Fact]
    public async Task A_link_that_is_followed_while_the_page_becomes_live_leads_where_it_says()
    {
        await using var dashboard = await DashboardPage.Open(Running);
        await dashboard.Page.RunAndWaitForWebSocketAsync(() => dashboard.Begin("/"));
        await dashboard.Page.EvaluateAsync("document.querySelector('a[href=failures]').click()"); // whole, where the mouse goes down and up again
        await Assertions.Expect(dashboard.Page.Locator("main[data-live] h1")).ToHaveTextAsync("Failures", new() { Timeout = 30_000 });
        Assert.EndsWith("/failures", dashboard.Page.Url, StringComparison.Ordinal);
    }

    private static Task<bool> IsFocused(DashboardPage dashboard, string link) =>
        dashboard.Page.EvaluateAsync<bool>("link => document.activeElement?.getAttribute('href') === link", link);
}
