using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventDriven.Dashboard.Tests.ServiceDefaults;

public sealed class HealthTests
{
    [Theory]
    [InlineData(HealthStatus.Healthy, HttpStatusCode.OK)]
    [InlineData(HealthStatus.Degraded, HttpStatusCode.OK)]
    [InlineData(HealthStatus.Unhealthy, HttpStatusCode.ServiceUnavailable)]
    public async Task Only_unhealthy_is_a_503_and_the_body_says_why(HealthStatus status, HttpStatusCode expected)
    {
        await using var service = await StartWith(status);
        var answer = await service.Client.GetAsync("/health", TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);

        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal(status.ToString(), body.GetProperty("status").GetString());
        var broker = body.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() is "broker");
        Assert.Equal(status.ToString(), broker.GetProperty("status").GetString());
        Assert.Equal("what is the matter", broker.GetProperty("description").GetString());
    }

    [Fact]
    public async Task Alive_looks_at_the_process_only()
    {
        await using var service = await StartWith(HealthStatus.Unhealthy);
        var answer = await service.Client.GetAsync("/alive", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task<RunningService> StartWith(HealthStatus status) => RunningService.Start(
        static _ => { },
        builder => builder.Services.AddHealthChecks()
            .AddCheck("broker", () => new HealthCheckResult(status, "what is the matter")));
}
