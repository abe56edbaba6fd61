using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using EventDriven.Dashboard.Access;
using EventDriven.Dashboard.Operate;
using EventDriven.Dashboard.Tests.Journey;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Tests.Operate;

public sealed class SteeringTests : IDisposable
{
    private const string Message = "01a207c6-0000-7000-8000-000000000001";

    private readonly FakeServices _services = new();

    [Fact]
    public async Task What_somebody_does_is_done_in_their_name_and_about_the_messages_they_saw()
    {
        _services.Answers("email", "/control/subscriptions/email/redrive", new { runs = Array.Empty<object>(), operation = 7 });
        var done = await Steering(Roles.View, Roles.Operate).Do(Deed.Retry("email", "email", [Message]), outOfOrder: false, Ct);

        Assert.Equal((true, 7L), (done.Succeeded, done.Operation));
        var (address, account, body) = Assert.Single(_services.Posted);
        Assert.Equal(("email/control/subscriptions/email/redrive", "account-1"), (address, account));
        Assert.Equal($$"""{"messageIds":["{{Message}}"],"outOfOrder":false}""", body);
    }

    [Fact]
    public async Task A_preview_changes_nothing_and_says_what_runs_out_of_order()
    {
        _services.Answers("email", "/control/subscriptions/email/redrive?preview=true", new
        {
            runs = new[] { new { messageId = Message, type = "signup.user-signed-up.v1", stream = "user-1", sequence = 2, state = "skipped", chosen = true, laterApplied = true } },
        });

        Assert.True((await Steering(Roles.Operate).Preview(Deed.Retry("email", "email", [Message]), Ct)).IsOutOfOrder);
        Assert.All(_services.Posted, static posted => Assert.EndsWith("?preview=true", posted.Address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_comes_back_with_its_reason()
    {
        using var refusal = new HttpResponseMessage(HttpStatusCode.Conflict) { Content = JsonContent.Create(new { detail = "Subscription email declares no reset." }, new System.Net.Http.Headers.MediaTypeHeaderValue("application/problem+json")) };
        _services.Answers("email", "/control/subscriptions/email/replay", refusal);
        var done = await Steering(Roles.Operate).Do(Deed.Replay("email", "email", null), outOfOrder: false, Ct);

        Assert.Equal((false, "Subscription email declares no reset."), (done.Succeeded, done.Problem));
    }

    [Fact]
    public async Task A_service_that_is_down_is_said_so()
    {
        _services.IsDown("email");
        var done = await Steering(Roles.Operate).Do(Deed.Pause("email", "email"), outOfOrder: false, Ct);

        Assert.False(done.Succeeded);
        Assert.Contains("nothing listens", done.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_only_look_changes_nothing_whatever_their_page_sends()
    {
        var steering = Steering(Roles.View, Roles.Payload);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => steering.Do(Deed.Skip("email", "email", [Message]), outOfOrder: false, Ct));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => steering.Preview(Deed.Skip("email", "email", [Message]), Ct));

        Assert.Empty(_services.Posted);
    }

    [Fact]
    public async Task A_service_is_stopped_by_the_host_in_the_name_of_who_asks_and_by_nobody_who_may_not()
    {
        _services.Answers("host", "/services/email/stop", new { name = "email" });
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Steering(Roles.View).Do(Deed.Stop("email"), outOfOrder: false, Ct));
        Assert.Empty(_services.Posted);

        Assert.True((await Steering(Roles.Operate).Do(Deed.Stop("email"), outOfOrder: false, Ct)).Succeeded);
        var (address, account, _) = Assert.Single(_services.Posted);
        Assert.Equal(("host/services/email/stop", "account-1"), (address, account));
        _services.IsDown("host");
        Assert.Contains("The host could not be asked", (await Steering(Roles.Operate).Do(Deed.Start("email"), outOfOrder: false, Ct)).Problem, StringComparison.Ordinal);
    }

    public void Dispose() => _services.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private HostClient Host => new(new HttpClient(_services), Options.Create(new HostOptions { Address = new Uri("http://host/"), Token = "host-token" }));

    private Steering Steering(params string[] roles) => new(_services.Client, Host, new Visitor(new SignedIn(roles)));

    private sealed class SignedIn(string[] roles) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity(
            [new(ClaimTypes.NameIdentifier, "account-1"), .. roles.Select(static role => new Claim(ClaimTypes.Role, role))], "test"))));
    }
}
