using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Hosting;

namespace EventDriven.Dashboard.Tests.ServiceDefaults;

public sealed class SafetyTests
{
    [Theory]
    [InlineData("ConnectionStrings:kafka", "127.0.0.1:9092", "set Messaging__Security__Protocol to SaslSsl")]
    [InlineData("Composition", "synchronous", "remove Composition")]
    [InlineData("Orders:Composition", "synchronous", "remove Orders__Composition")]
    [InlineData("Fulfilment:Naive", "true", "remove Fulfilment__Naive")]
    public void What_is_for_development_starts_there_only(string setting, string value, string says)
    {
        With(Environments.Development, setting, value);
        Assert.Contains(says, Assert.Throws<InvalidOperationException>(() => With(Environments.Production, setting, value)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Messaging:Security:Protocol", "saslssl")]
    [InlineData("Orders:Composition", "Events")]
    [InlineData("Fulfilment:Naive", "false")]
    public void What_is_safe_starts_everywhere(string setting, string value) =>
        With(Environments.Production, setting, value, ("ConnectionStrings:kafka", "127.0.0.1:9092"), ("Messaging:Security:Protocol", "SaslSsl"));

    [Fact]
    public async Task Every_answer_says_what_no_browser_may_do_also_when_it_is_an_error()
    {
        await using var service = await RunningService.Start(app => app.MapGet("/broken", string () => throw new InvalidOperationException("broken")));
        foreach (var path in (string[])["/health", "/broken", "/nowhere"])
        {
            var answer = await service.Client.GetAsync(new Uri(path, UriKind.Relative), Ct);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        }
    }

    [Fact]
    public async Task A_client_over_its_rate_gets_a_429_and_probes_do_not()
    {
        await using var service = await RunningService.Start(app => app.MapGet("/things", () => TypedResults.Ok()), settings: new() { ["Requests:PerSecond"] = "3" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => service.Client.GetAsync(new Uri("/things", UriKind.Relative), Ct)));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        var refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        var probes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => service.Client.GetAsync(new Uri("/health", UriKind.Relative), Ct)));
        Assert.All(probes, probe => Assert.Equal(HttpStatusCode.OK, probe.StatusCode));
    }

    [Fact]
    public async Task A_service_with_a_limit_of_its_own_counts_each_request_once_in_both()
    {
        await using var service = await RunningService.Start(
            app =>
            {
                app.UseRateLimiter();
                app.MapGet("/things", () => TypedResults.Ok()).RequireRateLimiting("own");
            },
            builder => builder.Services.AddRateLimiter(limiter => limiter.AddFixedWindowLimiter("own", own => (own.PermitLimit, own.Window) = (4, TimeSpan.FromHours(1)))),
            new() { ["Requests:PerSecond"] = "6" });
        List<HttpStatusCode> answers = [];
        for (var n = 0; n < 6; n++)
            answers.Add((await service.Client.GetAsync(new Uri("/things", UriKind.Relative), Ct)).StatusCode);
        Assert.Equal(4, answers.Count(static answer => answer == HttpStatusCode.OK));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static void With(string environment, string setting, string value, params (string Name, string Value)[] besides)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        foreach (var (name, set) in besides.Append((setting, value)))
            builder.Configuration[name] = set;
        builder.AddServiceDefaults();
    }
}
