using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;

namespace EventDriven.Dashboard.Tests.ServiceDefaults;

public sealed class ResilienceTests
{
    [Theory]
    [InlineData("GET", false, 4)]
    [InlineData("POST", false, 1)]
    [InlineData("PUT", false, 1)]
    [InlineData("DELETE", false, 1)]
    [InlineData("POST", true, 4)]
    public async Task An_unsafe_method_is_repeated_only_when_it_carries_an_idempotency_key(
        string method, bool hasKey, int expectedCalls)
    {
        var server = new FailingServer();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.Services.AddHttpClient("peer").ConfigurePrimaryHttpMessageHandler(() => server);
        builder.Services.ConfigureAll<HttpStandardResilienceOptions>(options =>
            (options.Retry.Delay, options.Retry.BackoffType) = (TimeSpan.FromMilliseconds(1), DelayBackoffType.Constant));
        using var host = builder.Build();

        using var request = new HttpRequestMessage(new HttpMethod(method), "http://127.0.0.1/");
        if (hasKey)
            request.Headers.Add("Idempotency-Key", "order-1");
        var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("peer");
        var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(expectedCalls, server.Calls);
    }

    [Fact]
    public async Task A_caller_that_somebody_waits_for_repeats_until_its_time_is_up_and_no_longer()
    {
        var server = new FailingServer();
        var client = ImpatientClient(server);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://127.0.0.1/") { Headers = { { "Idempotency-Key", "order-1" } } };

        var began = Stopwatch.GetTimestamp();
        var failure = await Assert.ThrowsAsync<TimeoutRejectedException>(() => client.SendAsync(request, TestContext.Current.CancellationToken));

        Assert.True(Unanswered.Is(failure));
        Assert.True(server.Calls > 2, $"{server.Calls} calls");
        Assert.InRange(Stopwatch.GetElapsedTime(began), Patience * 0.9, Patience * 3);
    }

    [Fact]
    public async Task A_caller_that_somebody_waits_for_does_not_repeat_what_has_no_key()
    {
        var server = new FailingServer();
        var answer = await ImpatientClient(server).PostAsync(new Uri("http://127.0.0.1/"), content: null, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (answer.StatusCode, server.Calls));
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static HttpClient ImpatientClient(HttpMessageHandler server)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.Services.AddHttpClient("peer").ConfigurePrimaryHttpMessageHandler(() => server).AnswersWithin(Patience);
        return builder.Build().Services.GetRequiredService<IHttpClientFactory>().CreateClient("peer");
    }

    private sealed class FailingServer : HttpMessageHandler
    {
        public int Calls { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        }
    }
}
