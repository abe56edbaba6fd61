namespace EventDriven.Log;

/// <summary>
/// Wakes whoever waits, all at once. Take <see cref="Next"/> before looking at the data: a beat that falls between the look and
/// the wait is then not missed.
/// </summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = New();

    public Task Next => Volatile.Read(ref _next).Task;

    public void Beat() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits for a beat, or for the safety net's time.</summary>
    public static async Task Wait(Task next, TimeSpan atMost, TimeProvider clock, CancellationToken ct)
    {
        using var safetyNet = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(next, Task.Delay(atMost, clock, safetyNet.Token));
        await safetyNet.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
