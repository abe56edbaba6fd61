using EventDriven.EventSourcing;
using EventDriven.Log;
using EventDriven.Log.Database;
using EventDriven.Log.Requests;
using EventDriven.Orders.FollowUp;
using EventDriven.Orders.Payments;
using EventDriven.Orders.Rules;
using Microsoft.Extensions.Options;

namespace EventDriven.Orders.PlaceOrder;

/// <summary>
/// The order is recorded before its payment is asked for, so that no money is ever taken for an order that nobody knows. Then it is a race
/// against the client's patience: what is known in time is the answer, and whatever is not is left to the resolver.
/// </summary>
internal sealed class Checkout(
    DeciderStore<OrderCommand, Order> orders, OrderKeys keys, PaymentsClient payments, IFollowUp followUp, IOptions<OrdersOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan LooksAgainAfter = TimeSpan.FromMilliseconds(50);

    private TimeSpan AnswerWithin => options.Value.AnswerWithin;

    public async Task<IResult> Place(RequestOrder command, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        var known = await keys.Find(command.UserId, command.Key, ct);
        if (known is null)
        {
            try
            {
                return await PlaceFirst(command, began, ct);
            }
            catch (Exception taken) when (OrderKeys.IsTaken(taken))
            {
                known = await keys.Find(command.UserId, command.Key, ct);
            }
        }
        return await Repeat(orders.Stream(known!.Value), command, began, ct);
    }

    private async Task<IResult> PlaceFirst(RequestOrder command, long began, CancellationToken ct)
    {
        var cause = Cause.Begin().Carry();
        var requested = await orders.Execute(orders.Stream(command.OrderId), command, cause, ct, creates: true).WaitAsync(Left(began), clock, ct);
        try
        {
            // It goes on when the client hangs up, and after the answer that there is none.
            var settled = Settle(requested, cause with { CausationId = requested.Events[0].MessageId }, Left(began));
            return Answers.Of(requested.Stream, await settled.WaitAsync(Left(began), clock, CancellationToken.None));
        }
        catch (Exception failure) when (PostgresSession.IsOutage(failure) || PostgresSession.IsRace(failure) || failure is WrongExpectedVersionException)
        {
            return Answers.Of(requested.Stream, requested.State); // out of time, or a database that is away: the order is pending
        }
    }

    private async Task<Order> Settle(Decided<Order> requested, Cause cause, TimeSpan within)
    {
        using var time = new CancellationTokenSource(within, clock);
        if (await payments.Pay(requested.State, time.Token) is not { } answer)
            return requested.State;
        var settled = (await orders.Execute(requested.Stream, answer.Command, cause, CancellationToken.None)).State;
        return settled.Status == OrderStatus.Rejected || await followUp.Complete(requested.Stream, time.Token) ? settled : requested.State;
    }

    /// <summary>Waits for the first request while that may still get its answer; otherwise says how the order stands.</summary>
    private async Task<IResult> Repeat(StreamName stream, RequestOrder command, long began, CancellationToken ct)
    {
        while (true)
        {
            var order = (await orders.Load(stream, ct)).State;
            if (!order.Is(command))
                return RequestKey.Reused(command.Key);
            var isBeingAsked = order.Status == OrderStatus.Pending && clock.GetUtcNow() - order.RequestedAt < AnswerWithin;
            if (!isBeingAsked || Left(began) == TimeSpan.Zero)
                return Answers.Of(stream, order);
            await Task.Delay(LooksAgainAfter, clock, ct);
        }
    }

    private TimeSpan Left(long began) =>
        AnswerWithin - clock.GetElapsedTime(began) is { } left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
