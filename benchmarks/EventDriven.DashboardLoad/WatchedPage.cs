using System.Text.Json;
using Microsoft.Playwright;

namespace EventDriven.DashboardLoad;

/// <summary>The page of the flow in headless Chromium, which counts its own frames and updates.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    private const string Count = """
        () => {
          const seen = window.seen = { gaps: [], updates: 0, since: performance.now() };
          let last = seen.since;
          const frame = now => { seen.gaps.push(now - last); last = now; requestAnimationFrame(frame); };
          requestAnimationFrame(frame);
          new MutationObserver(() => seen.updates++).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-rate'] });
        }
        """;

    private const string Sum = """
        () => {
          const { gaps, updates, since } = window.seen;
          const rate = from => [...document.querySelectorAll(`[data-testid^="edge-${from}-"]`)].reduce((sum, edge) => sum + Number(edge.dataset.rate), 0);
          gaps.sort((a, b) => a - b);
          return JSON.stringify({ updatesPerSecond: updates * 1000 / (performance.now() - since), gap: gaps[Math.floor(gaps.length * 0.95)], longestGap: gaps[gaps.length - 1],
                   sent: rate('service'), handled: rate('topic') });
        }
        """;

    private static readonly string? Chromium = Array.Find(["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], File.Exists);

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly IPage _page;

    private WatchedPage(IPlaywright playwright, IBrowser browser, IPage page) => (_playwright, _browser, _page) = (playwright, browser, page);

    /// <summary>Signs in and begins to count; null where there is no Chromium.</summary>
    public static async Task<WatchedPage?> Open(Uri signInLink)
    {
        if (Chromium is null)
            return null;
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        await page.GotoAsync(signInLink.ToString());
        await page.EvaluateAsync(Count);
        return new(playwright, browser, page);
    }

    public async Task<Seen> Read() => JsonSerializer.Deserialize<Seen>(await _page.EvaluateAsync<string>(Sum), JsonSerializerOptions.Web)!;

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>What was seen: how often the picture changed, the time between two frames (95th percentile and longest, in milliseconds), and the rates in it.</summary>
internal sealed record Seen(double UpdatesPerSecond, double Gap, double LongestGap, double Sent, double Handled);
