using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EventDriven.Experiments.Catalogue.TinyWork;

/// <summary>Please do so much work.</summary>
internal sealed record WorkAsked(int Rounds);

/// <summary>It is done.</summary>
internal sealed record WorkDone(string Hash);

/// <summary>Does the same work for whoever calls it and for whoever sends it a message.</summary>
internal static class Worker
{
    public static MessageTypes Types(string name) => [MessageType.Published<WorkDone>($"{name}.work-done.v1", name + ".events")];

    public static Task<LabService> Start(Lab lab, string name, MessageTypes asked, CancellationToken ct) => LabService.Start(lab, name, Types(name), builder =>
    {
        builder.AddMessaging();
        builder.AddSubscription(name + "-work", asked).Handle<WorkAsked, Handler>();
    }, app =>
    {
        app.MapMessaging();
        app.MapGet("/rounds/{rounds:int}", (int rounds) => TypedResults.Text(Work.Do(rounds)));
    }, ct);

    internal sealed class Handler : IMessageHandler<WorkAsked>
    {
        public Task Handle(WorkAsked message, MessageContext context, CancellationToken ct)
        {
            context.Append(context.Stream, ExpectedVersion.NoStream, new NewEvent(new WorkDone(Work.Do(message.Rounds))));
            return Task.CompletedTask;
        }
    }
}
