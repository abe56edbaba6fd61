using System.Collections.Concurrent;
using EventDriven.Experiments.Laboratory;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Experiments.Catalogue.TinyWork;

/// <summary>Needs work done, and waits for the answer: by a call, or by a message that is answered with a message.</summary>
internal sealed class Caller(LabService service, HttpClient worker) : IAsyncDisposable
{
    private readonly Waiting _waiting = service.Services.GetRequiredService<Waiting>();

    public static MessageTypes Types(string name) => [MessageType.Published<WorkAsked>($"{name}.work-asked.v1", name + ".events")];

    public static async Task<Caller> Start(Lab lab, string name, LabService worker, CancellationToken ct) => new(await LabService.Start(lab, name, Types(name), builder =>
    {
        builder.AddMessaging();
        builder.Services.AddSingleton<Waiting>();
        builder.AddSubscription(name + "-answers", Worker.Types(worker.Name)).Handle<WorkDone, Handler>();
    }, app => app.MapMessaging(), ct), worker.Client());

    public async Task<string> Call(int rounds, CancellationToken ct) => await worker.GetStringAsync($"/rounds/{rounds}", ct);

    public async Task<string> Send(int rounds, CancellationToken ct)
    {
        var job = new StreamName("job", Guid.CreateVersion7());
        var answer = _waiting.For(job.Id);
        await service.Log.Append(job, ExpectedVersion.NoStream, Cause.Begin(), [new(new WorkAsked(rounds))], [], ct);
        return await answer.WaitAsync(TimeSpan.FromMinutes(2), ct);
    }

    public async ValueTask DisposeAsync()
    {
        worker.Dispose();
        await service.DisposeAsync();
    }

    /// <summary>Who waits for which answer.</summary>
    internal sealed class Waiting
    {
        private readonly ConcurrentDictionary<Guid, TaskCompletionSource<string>> _jobs = new();

        public Task<string> For(Guid job) => Of(job).Task;

        public void Answer(Guid job, string hash) => Of(job).TrySetResult(hash);

        private TaskCompletionSource<string> Of(Guid job) => _jobs.GetOrAdd(job, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    internal sealed class Handler(Waiting waiting) : IMessageHandler<WorkDone>
    {
        // The answer counts as there before its mark is committed: that is in the broker's favour.
        public Task Handle(WorkDone message, MessageContext context, CancellationToken ct)
        {
            waiting.Answer(context.Stream.Id, message.Hash);
            return Task.CompletedTask;
        }
    }
}
