using Microsoft.Extensions.Options;

namespace EventDriven.Traffic.Mix;

/// <summary>The settings in force, and word of every change.</summary>
internal sealed class TrafficMix(IOptions<TrafficOptions> options)
{
    private TaskCompletionSource _changed = NewSource();

    public MixSettings Current { get; private set; } = new(options.Value.Rate, options.Value.Mix);

    public Task Changed => Volatile.Read(ref _changed).Task;

    public void Change(MixSettings settings)
    {
        Current = settings;
        Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
