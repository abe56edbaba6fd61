using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Polly;
using Xunit;

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
