using System.Net;

namespace EventDriven.Dashboard.Tests.Access;

public sealed class OidcTests : IAsyncLifetime
{
    private readonly HttpClientHandler _browser = new() { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
    private FakeProvider _provider = null!;
    private RunningDashboard _dashboard = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.Start();
        _dashboard = await RunningDashboard.Start($"--Oidc:Authority={_provider.Address}", "--Oidc:ClientId=dashboard", "--Oidc:ClientSecret=a-secret");
        _client = new HttpClient(_browser) { BaseAddress = _dashboard.Ui };
        _client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        await _dashboard.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task An_account_with_a_role_signs_in_and_opens_every_page()
    {
        Assert.Contains("login-oidc", await Text("/login"), StringComparison.Ordinal);
        Assert.Equal("/", (await Follow("/login/oidc")).PathAndQuery);
        Assert.Contains("flow-empty", await Text("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_without_a_role_is_let_in_nowhere()
    {
        _provider.Roles = ["somebody-elses-role"];
        Assert.Equal("/login?refused=true", (await Follow("/login/oidc")).PathAndQuery);
        Assert.Contains("may not do anything here", await Text("/login?refused=true"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Get("/")).StatusCode);
    }

    /// <summary>As a browser does, until a page of ours that is no step of the sign-in.</summary>
    private async Task<Uri> Follow(string path)
    {
        var next = new Uri(_dashboard.Ui, path);
        while (next.Port != _dashboard.Ui.Port || next.AbsolutePath is "/login/oidc" or "/signin-oidc")
        {
            var answer = await _client.GetAsync(next, TestContext.Current.CancellationToken);
            next = new Uri(next, answer.Headers.Location ?? throw new InvalidOperationException($"{next} answers {answer.StatusCode}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}"));
        }

        return next;
    }

    private Task<HttpResponseMessage> Get(string path) => _client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    private async Task<string> Text(string path) => await (await Get(path)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
