using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Messages;

/// <summary>The latest messages of all logs, newest first; read every second, while a page shows them.</summary>
internal sealed class MessageFeed(ControlClient control, TimeProvider clock) : BackgroundService
{
    private const int PerService = 100;
    private const int Shown = 200;

    public Broadcast<MessageList> Latest { get; } = new(MessageList.Empty);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (Latest.IsWatched)
                Latest.Publish(await Read(stoppingToken));
        }
    }

    private async Task<MessageList> Read(CancellationToken ct)
    {
        var answers = await Task.WhenAll(control.Services.Select(service => Read(service, ct)));
        return new MessageList(
        [
            .. answers.SelectMany(static messages => messages)
                .OrderByDescending(listed => listed.Message.RecordedAt).Take(Shown),
        ]);
    }

    // A service that does not answer has no messages to show; that it is down stands on every page.
    private async Task<IEnumerable<ListedMessage>> Read(string service, CancellationToken ct)
    {
        try
        {
            return (await control.Messages(service, PerService, null, ct) ?? []).Select(message => new ListedMessage(service, message));
        }
        catch (Exception e) when (Unreachable.Is(e, ct))
        {
            return [];
        }
    }
}

public sealed record MessageList(IReadOnlyList<ListedMessage> Messages)
{
    public static MessageList Empty { get; } = new([]);
}

public sealed record ListedMessage(string Service, LogMessage Message);
