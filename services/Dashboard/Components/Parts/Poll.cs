using Microsoft.AspNetCore.Components;

namespace EventDriven.Dashboard.Components.Parts;

/// <summary>Calls again and again while its page is live. It shows nothing itself.</summary>
public sealed class Poll : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _left = new();

    [Inject] public required TimeProvider Clock { get; set; }

    [Parameter, EditorRequired] public required double Seconds { get; set; }

    [Parameter, EditorRequired] public required Func<CancellationToken, Task> Each { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Seconds), Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_left.Token))
                await InvokeAsync(() => Each(_left.Token));
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    public void Dispose()
    {
        _left.Cancel();
        _left.Dispose();
    }
}
