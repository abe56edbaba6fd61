using Microsoft.Extensions.DependencyInjection;
using Polly;

namespace EventDriven.ServiceDefaults;

/// <summary>The standard resilience handler, which repeats a call only where repeating it cannot do the work twice.</summary>
internal static class Resilience
{
    extension(IHttpClientBuilder http)
    {
        public IHttpClientBuilder AddResilience()
        {
            http.AddStandardResilienceHandler(options =>
            {
                var isTransient = options.Retry.ShouldHandle;
                options.Retry.ShouldHandle = async attempt =>
                    IsRepeatable(attempt.Context.GetRequestMessage()) && await isTransient(attempt);
            });
            return http;
        }
    }

    private static bool IsRepeatable(HttpRequestMessage? request) => request is not null
        && (request.Method == HttpMethod.Get
            || request.Method == HttpMethod.Head
            || request.Method == HttpMethod.Options
            || request.Method == HttpMethod.Trace
            || request.Headers.Contains("Idempotency-Key"));
}
