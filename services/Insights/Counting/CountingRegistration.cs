using EventDriven.Log;
using EventDriven.Messaging;

namespace EventDriven.Insights.Counting;

internal static class CountingRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>Counts all of these, from the beginning of their publishers' logs on. It can be replayed.</summary>
        public void AddCounting(string subscription, IEnumerable<MessageType> everything)
        {
            builder.Services.AddSingleton<Totals>();
            builder.Services.AddHostedService<TakingIn>();
            builder.AddSubscription(subscription, everything).HandleAll<CountingHandler>().ResetBy(Totals.Reset);
        }
    }
}
