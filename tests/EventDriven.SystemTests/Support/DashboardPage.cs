using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventDriven.SystemTests.Support;

/// <summary>A person's browser on the dashboard, signed in by its link.</summary>
public sealed class DashboardPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private DashboardPage(IBrowserContext context, IPage page, Uri dashboard) => (_context, Page, Dashboard) = (context, page, dashboard);

    public IPage Page { get; }

    private Uri Dashboard { get; }

    /// <summary>A window of somebody who is signed in, or not yet; it shows nothing so far.</summary>
    public static async Task<DashboardPage> Open(RunningSystem system, bool signIn = true)
    {
        var context = await system.Browser.Open(signIn ? system.SignedIn : null);
        try
        {
            var page = await context.NewPageAsync();
            page.SetDefaultTimeout(30_000);
            if (signIn && system.SignedIn is null)
            {
                await page.GotoAsync(system.SignInLink.ToString());
                Assert.DoesNotContain("/login", page.Url, StringComparison.Ordinal);
                system.SignedIn = await context.StorageStateAsync();
            }
            return new(context, page, system.Endpoint("dashboard"));
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    public ILocator this[string testId] => Page.GetByTestId(testId);

    /// <summary>Opens a view, and waits until it is live.</summary>
    public async Task Go(string path)
    {
        await Begin(path);
        await IsLive();
    }

    /// <summary>Opens a view and waits for nothing: a person need not either.</summary>
    public Task Begin(string path) => Page.GotoAsync(new Uri(Dashboard, path).ToString(), new() { WaitUntil = WaitUntilState.Commit });

    /// <summary>Waits until the page is connected; before that its buttons do nothing.</summary>
    public Task IsLive() => Expect(Page.Locator("main[data-live]")).ToBeVisibleAsync(new() { Timeout = 30_000 });

    public Task Sees(string testId) => Expect(this[testId].First).ToBeVisibleAsync(new() { Timeout = 30_000 });

    public Task Says(string testId, string text) => Expect(this[testId].First).ToContainTextAsync(text, new() { Timeout = 30_000 });

    public Task Has(string testId, string attribute, string value) => Expect(this[testId].First).ToHaveAttributeAsync(attribute, value, new() { Timeout = 30_000 });

    /// <summary>Clicks once the page is live, and waits for what that shows.</summary>
    public async Task Click(string testId, string until)
    {
        await IsLive();
        await this[testId].First.ClickAsync();
        await Sees(until);
    }

    /// <summary>On a topic's page: reads it again until a message of this key is there.</summary>
    public Task FindsOnTopic(string key) => Eventually.Get(async () =>
    {
        await this["look-again"].ClickAsync();
        return await Page.Locator($"td[title='{key}']").CountAsync();
    }, count => count > 0, $"a message of {key} is on the topic");

    /// <summary>Looks for something, as soon as there is a box to write into, whether or not the page is live.</summary>
    public async Task Search(string text)
    {
        await this["search"].FillAsync(text);
        await this["search"].PressAsync("Enter");
        await Page.WaitForURLAsync(url => url.Contains("/messages/", StringComparison.Ordinal) || url.Contains("/find?", StringComparison.Ordinal), new() { Timeout = 30_000 });
    }

    /// <summary>Keeps the picture, where somebody collects them: <c>SCREENSHOTS</c> names the folder.</summary>
    public async Task Keep(string name)
    {
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is not { Length: > 0 } folder)
            return;
        foreach (var (scheme, width, height) in ((ColorScheme, int, int)[])[(ColorScheme.Dark, 1280, 800), (ColorScheme.Light, 390, 844), (ColorScheme.Light, 1280, 800)])
            await Keep(folder, name, scheme, width, height);
    }

    private async Task Keep(string folder, string name, ColorScheme scheme, int width, int height)
    {
        await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await Page.SetViewportSizeAsync(width, height);
        await Page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(folder, $"{name}-{scheme}-{width}.png") });
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
