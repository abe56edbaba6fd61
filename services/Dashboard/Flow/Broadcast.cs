namespace EventDriven.Dashboard.Flow;

/// <summary>The latest value of something, and a call to whoever shows it when there is a newer one.</summary>
internal sealed class Broadcast<T>(T first)
{
    public event EventHandler? Changed;

    public bool IsWatched => Changed is not null;

    public T Current { get; private set; } = first;

    public void Publish(T value)
    {
        Current = value;
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
