using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.ServiceDefaults;

public sealed class DrainingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_that_is_told_to_end_answers_on_until_its_health_had_time_to_be_seen()
    {
        var (clock, within) = (new FakeTimeProvider(), TimeSpan.FromSeconds(5));
        await using var service = await RunningService.Start(
            app => app.MapGet("/work", () => "done"), builder => builder.Services.AddSingleton<TimeProvider>(clock),
            new() { ["Draining:NoticedWithin"] = within.ToString() });
        Assert.Equal(HttpStatusCode.OK, await Status(service, "/health"));

        var stop = service.Stop();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Status(service, "/health"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await Status(service, "/alive"), await Status(service, "/work")));
        Assert.False(stop.IsCompleted);

        clock.Advance(within);
        await stop;
        await Assert.ThrowsAsync<HttpRequestException>(() => Status(service, "/work"));
    }

    [Fact]
    public async Task In_development_a_process_ends_at_once()
    {
        await using var service = await RunningService.Start(static _ => { }, builder => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider()));
        await service.Stop(); // on a clock that stands still
    }

    private static async Task<HttpStatusCode> Status(RunningService service, string path)
    {
        using var answer = await service.Client.GetAsync(path, Ct);
        return answer.StatusCode;
    }
}
