using System.Net;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Tests.Access;

/// <summary>What is safe enough on a machine of one's own starts nowhere else.</summary>
public sealed class OutsideDevelopmentTests
{
    private static readonly string[] Accounts = ["--environment=Production", "--Oidc:Authority=https://accounts.example.com", "--Oidc:ClientId=dashboard", "--Oidc:ClientSecret=a-secret"];
    private const string Token = "--Control:Token=a-control-token-for-tests";

    [Fact]
    public async Task Without_accounts_the_dashboard_does_not_start()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningDashboard.Start("--environment=Production", Token));
        Assert.Contains("set Oidc__Authority", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_control_token_the_dashboard_does_not_start()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningDashboard.Start(Accounts));
        Assert.Contains("set Control__Token", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_both_it_starts_and_the_link_opens_nothing()
    {
        await using var dashboard = await RunningDashboard.Start([.. Accounts, Token]);
        using var client = new HttpClient { BaseAddress = dashboard.Ui };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri($"/login?t={RunningDashboard.Token}", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task In_clear_the_dashboard_does_not_speak_to_the_broker()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningDashboard.Start([.. Accounts, Token, "--ConnectionStrings:kafka=127.0.0.1:1"]));
        Assert.Contains("set Messaging__Security__Protocol to SaslSsl", refused.Message, StringComparison.Ordinal);
    }
}
