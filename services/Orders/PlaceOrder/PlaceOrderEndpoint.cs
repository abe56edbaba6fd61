using EventDriven.Log.Requests;
using EventDriven.ServiceDefaults;

namespace EventDriven.Orders.PlaceOrder;

internal static class PlaceOrderEndpoint
{
    extension(IEndpointRouteBuilder app)
    {
        public void MapPlaceOrder() => app.MapPost("/orders", Place).WithTags("Orders").WithSummary("Place an order and pay for it; repeating it with its Idempotency-Key is safe")
            .WithDescription("201: placed and paid. 402: rejected, and no money was taken. 503: not known yet; it is settled by itself, and the repeat says how.")
            .OnlyFor(request => request.GetArgument<PlaceOrderRequest>(0).UserId ?? Callers.ActsFor(request.HttpContext))
            .Produces<Placed>(StatusCodes.Status201Created).ProducesValidationProblem().ProducesProblem(StatusCodes.Status402PaymentRequired)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static Task<IResult> Place(PlaceOrderRequest request, HttpRequest http, Checkout checkout, TimeProvider clock, CancellationToken ct)
    {
        var key = RequestKey.Required(http, $"user-{request.UserId}", request).Key;
        return request.Problems() is { Count: > 0 } problems
            ? Task.FromResult<IResult>(TypedResults.ValidationProblem(problems, type: "/problems/bad-request"))
            : checkout.Place(request.Command(key, clock.GetUtcNow()), ct);
    }
}
