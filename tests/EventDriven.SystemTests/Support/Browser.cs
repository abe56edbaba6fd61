using Microsoft.Playwright;

namespace EventDriven.SystemTests.Support;

/// <summary>One Chromium for all tests of a system, started when the first of them looks at a page: each opens it as a person of its own.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string? Chromium = Array.Find(["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], File.Exists);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A person's window, with what the browser has kept for them; null: for the first time.</summary>
    public async Task<IBrowserContext> Open(string? kept)
    {
        Assert.SkipWhen(Chromium is null, "There is no Chromium on this machine: install the package chromium.");
        _playwright ??= await Playwright.CreateAsync();
        if (_browser is not { IsConnected: true })
        {
            _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Chromium,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
            });
        }
        return await _browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, StorageState = kept });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is { IsConnected: true })
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
