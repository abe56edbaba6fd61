using System.Net;
using EventDriven.Dashboard.Access;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.Access;

public sealed class SignInTests : IAsyncLifetime
{
    private readonly HttpClientHandler _browser = new() { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
    private RunningDashboard _dashboard = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _dashboard = await RunningDashboard.Start();
        _client = new HttpClient(_browser) { BaseAddress = _dashboard.Ui };
        _client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        await _dashboard.DisposeAsync();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/messages")]
    [InlineData("/messages/01a207c6-dbea-7f1e-b76f-e1f212f58494")]
    [InlineData("/subscriptions")]
    [InlineData("/failures")]
    [InlineData("/topics")]
    [InlineData("/numbers")]
    [InlineData("/services")]
    [InlineData("/topics/signup.events")]
    [InlineData("/link")]
    [InlineData("/no-such-page")]
    public async Task Every_page_leads_to_the_sign_in(string path)
    {
        var answer = await Get(path);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/login", answer.Headers.Location?.AbsolutePath);
    }

    [Fact]
    public async Task The_live_connection_is_refused()
    {
        using var negotiate = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        var answer = await _client.SendAsync(negotiate, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task The_page_without_a_token_says_where_the_link_is()
    {
        var answer = await Get("/login");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("console in which the system was started", await Text(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_token_says_so_and_opens_nothing()
    {
        var answer = await Get("/login?t=guessed");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("not valid any more", await Text(answer), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await Get("/")).StatusCode);
    }

    [Fact]
    public async Task The_link_opens_every_page()
    {
        var answer = await Get($"/login?t={RunningDashboard.Token}");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);

        var home = await Get("/");
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        Assert.Contains("flow-empty", await Text(home), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_signs_in_once_and_leads_on_whoever_it_has_signed_in()
    {
        await Get($"/login?t={RunningDashboard.Token}");
        Assert.Equal("/", (await Get($"/login?t={RunningDashboard.Token}")).Headers.Location?.OriginalString);

        using var other = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _dashboard.Ui };
        var second = await other.GetAsync(new Uri($"/login?t={RunningDashboard.Token}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.Contains("used already", await Text(second), StringComparison.Ordinal);
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public void A_link_for_another_browser_signs_in_the_same_account_once_and_not_for_long()
    {
        var clock = new FakeTimeProvider();
        var links = new SignInLinks(Options.Create(new LoginOptions { Token = "first" }), clock);
        var account = new Account("oidc-1", [Roles.View]);
        var (made, late) = (links.Make(account), links.Make(account));

        Assert.Equal((account, false), links.Use(made));
        Assert.Equal((null, true), links.Use(made));
        clock.Advance(SignInLinks.MadeLasts + TimeSpan.FromSeconds(1));
        Assert.Equal((null, false), links.Use(late));
        Assert.Equal(Roles.All, links.Use("first").Account?.Roles);
    }

    [Fact]
    public async Task Every_answer_tells_the_browser_what_it_may_do()
    {
        foreach (var path in (string[])["/login", "/", "/health"])
        {
            var answer = await Get(path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task Guessing_links_is_slowed_down()
    {
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++)
            answers.Add((await Get($"/login?t=guess-{i}")).StatusCode);

        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
    }

    [Fact]
    public async Task A_search_from_another_site_is_refused()
    {
        await Get($"/login?t={RunningDashboard.Token}");
        using var form = new FormUrlEncodedContent([new("q", "ada@example.com")]);
        var answer = await _client.PostAsync(new Uri("/search", UriKind.Relative), form, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Health_needs_no_sign_in(string path) => Assert.Equal(HttpStatusCode.OK, (await Get(path)).StatusCode);

    private Task<HttpResponseMessage> Get(string path) => _client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    private static Task<string> Text(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
