using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Watch;

namespace EventDriven.Dashboard.Components.Parts;

/// <summary>What a box of the picture tells: the worst first.</summary>
internal sealed class NodeStory
{
    private readonly ServiceView? _service;
    private readonly SubscriptionStatus? _subscription;
    private readonly double _rate;
    private readonly double _failing;
    private readonly TimeSpan? _slow;

    public NodeStory(SceneNode node, Scene scene, SystemView system)
    {
        var incoming = scene.Edges.Where(edge => edge.To == node).Select(static edge => edge.Traffic).ToList();
        var own = node.Kind is NodeKind.Service ? [.. scene.Edges.Where(edge => edge.From == node).Select(static edge => edge.Traffic)] : incoming;
        _rate = own.Sum(static traffic => traffic.Rate);
        _failing = node.Kind is NodeKind.Topic ? 0 : own.Sum(static traffic => traffic.FailureRate);
        _slow = node.Kind is NodeKind.Subscription ? own.Max(static traffic => traffic.Processing?.Percentile95) : null;
        _service = node.Kind is NodeKind.Topic ? null : system.Service(node.Service);
        _subscription = node.Kind is NodeKind.Subscription
            ? _service?.Subscriptions.FirstOrDefault(subscription => string.Equals(subscription.Name, node.Name, StringComparison.Ordinal))
            : null;
        IsPublisher = node.Kind is NodeKind.Service;
    }

    public string State => (_service?.Part.Condition, _subscription?.State) switch
    {
        (Condition.Down, _) => "down",
        (_, "paused" or "waiting") => _subscription!.State,
        _ when IsPublisher && _service?.Log?.Relay?.State is "paused" => "paused",
        _ when _failing > 0 || _subscription is { Dead: > 0 } => "failing",
        _ when _subscription is { Stuck: > 0 } => "waiting",
        (Condition.Degraded, _) => "degraded",
        (null, _) => "foreign",
        _ => "up",
    };

    public string Line => (State, IsPublisher) switch
    {
        ("down", _) => $"down since {Format.Minute(_service!.Part.Since)} UTC",
        ("paused", true) => Because("relay paused", _service!.Log!.Relay!.Reason),
        (_, false) when _subscription is { State: "paused" or "waiting" } held => Because(held.State, held.Reason),
        (_, false) when _subscription is { Dead: > 0 } stuck => $"{Format.Count(stuck.Dead)} dead, {Format.Count(stuck.Parked)} parked behind",
        (_, false) when _subscription is { Stuck: > 0 } stuck => $"{Format.Count(stuck.Stuck)} set aside: retried or waiting",
        ("failing", _) => $"{Format.Rate(_failing)} failing",
        (_, true) => $"{Format.Rate(_rate)} sent",
        _ => $"{Format.Rate(_rate)}{(_slow is { } slow ? $" · p95 {Format.Duration(slow)}" : "")}",
    };

    /// <summary>What has piled up; what comes between two looks is no pile.</summary>
    public string? Pile => (Waiting, IsPublisher) switch
    {
        (var few, _) when few <= (State is "up" or "degraded" ? Math.Max(5, 3 * _rate) : 0) => null,
        (var waiting, true) => $"{Format.Count(waiting)} to send",
        var (waiting, _) => $"{Format.Count(waiting)} waiting",
    };

    private bool IsPublisher { get; }

    private long Waiting => (IsPublisher ? _service?.Log?.Unrelayed : _subscription?.Lag) ?? 0;

    private static string Because(string state, string? reason) => reason is null ? state : $"{state}: {reason}";
}
