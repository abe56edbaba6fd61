using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Payments;
using EventDriven.Fulfilment.Arrivals;
using EventDriven.Fulfilment.Naive;
using EventDriven.Messaging.Subscriptions;

namespace EventDriven.Fulfilment.Shipping;

internal static class ShippingRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        public void AddShipping()
        {
            builder.Services.AddOptions<FulfilmentOptions>().BindConfiguration("Fulfilment").ValidateDataAnnotations().ValidateOnStart();
            builder.Services.AddSingleton<Bell>();
            builder.Services.AddSingleton<DueOrders>();
            builder.Services.AddSingleton<StalledOrders>();
            builder.Services.AddHealthChecks().AddCheck<StalledOrders>("stalled orders");
            builder.Services.AddHostedService<ShippingClerk>();
        }
    }

    extension(Subscription subscription)
    {
        /// <summary>Both halves of an order, in whichever order they come.</summary>
        public Subscription HandleBothHalves(Subscription orders)
        {
            orders.Handle<OrderPlaced, OrderPlacedHandler>();
            return subscription.Handle<PaymentSucceeded, PaymentSucceededHandler>();
        }

        /// <summary>The order first, then its payment, as if that were promised.</summary>
        public Subscription HandleNaively() => subscription
            .Handle<OrderPlaced, NaiveOrderPlacedHandler>()
            .Handle<PaymentSucceeded, NaivePaymentSucceededHandler>();
    }
}
