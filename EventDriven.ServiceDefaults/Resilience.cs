using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace EventDriven.ServiceDefaults;

/// <summary>The standard resilience handler, which repeats a call only where repeating it cannot do the work twice.</summary>
internal static class Resilience
{
    private const double AttemptsShareOfTime = 0.85;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromMilliseconds(500);

    extension(IHttpClientBuilder http)
    {
        public IHttpClientBuilder AddResilience(Action<HttpStandardResilienceOptions>? configure = null)
        {
            http.AddStandardResilienceHandler(options =>
            {
                configure?.Invoke(options);
                var isTransient = options.Retry.ShouldHandle;
                options.Retry.ShouldHandle = async attempt =>
                    IsRepeatable(attempt.Context.GetRequestMessage()) && await isTransient(attempt);
            });
            return http;
        }

#pragma warning disable EXTEXP0001 // RemoveAllResilienceHandlers is marked as an evaluation; it is the documented way to give one client other limits
        public IHttpClientBuilder ReplaceResilience(TimeSpan total) => http.RemoveAllResilienceHandlers().AddResilience(options =>
        {
            options.TotalRequestTimeout.Timeout = total;
            options.AttemptTimeout.Timeout = total * AttemptsShareOfTime;
            options.Retry.MaxRetryAttempts = int.MaxValue; // until the time is up
            (options.Retry.Delay, options.Retry.MaxDelay, options.Retry.BackoffType) = (FirstPause, LongestPause, DelayBackoffType.Exponential);
        });
#pragma warning restore EXTEXP0001
    }

    private static bool IsRepeatable(HttpRequestMessage? request) => request is not null
        && (request.Method == HttpMethod.Get
            || request.Method == HttpMethod.Head
            || request.Method == HttpMethod.Options
            || request.Method == HttpMethod.Trace
            || request.Headers.Contains("Idempotency-Key"));
}
