namespace EventDriven.Benchmarks.Reporting;

/// <summary>What is promised, and whether a run has reached it. Ratios are of medians.</summary>
internal static class Figures
{
    /// <param name="Name">What was measured against what.</param>
    /// <param name="Target">What is promised.</param>
    /// <param name="Measured">What came out.</param>
    /// <param name="Reached">Null where nothing is promised but that it is told.</param>
    internal sealed record Verdict(string Name, string Target, string Measured, bool? Reached);

    public static IEnumerable<Verdict> Judge(Measurements run) => new[]
    {
        TimesBestPeer(run, "outbox", "Outbox against Wolverine's best", 2),
        ShareOfFloor(run, "outbox", "Outbox against the insert-only floor", 0.9),
        AtLeast(run, "drain", "rate", "Draining a backlog in the log", 40_000, "msg/s"),
        AtMost(run, "latency-handler", "p50", "COMMIT to the handler's first line, p50", 4),
        AtMost(run, "latency-handler", "p99", "COMMIT to the handler's first line, p99", 8),
        HalfOfTuned(run, "latency-consumer", "COMMIT to a raw consumer, p50, against Wolverine tuned"),
        AtMost(run, "latency-snapshot-handler", "p50", "The same to the handler after 5 min with a snapshot held, p50", 4),
        AtMost(run, "latency-snapshot-handler", "p99", "The same to the handler after 5 min with a snapshot held, p99", 8),
        HalfOfTuned(run, "latency-snapshot-consumer", "The same to a raw consumer with a snapshot held, against Wolverine tuned without"),
        TimesBestPeer(run, "inbox", "Idempotent consumption, a statement per message, against Wolverine's best", 6),
        ShareOfFloor(run, "inbox", "Idempotent consumption, a row per message, against 500 a transaction raw", 0.7, side: "rows"),
        ShareOfFloor(run, "inbox", "Idempotent consumption, a statement per message, against the same", least: null),
        TimesBestPeer(run, "http", "HTTP POST against Marten + Wolverine", 2),
        Compare(run, "backlog", "Backlog: rate against the rate without publishers", "rate", "rate_without_publishers", least: 0.9),
        Compare(run, "backlog", "Backlog: rate of the last quarter against the first", "rate_last_quarter", "rate_first_quarter", least: 0.9),
        Compare(run, "backlog", "Backlog: memory of the last quarter against the second", "mb_last_quarter", "mb_second_quarter", most: 1.1),
        Compare(run, "backlog", "Backlog: publishers' transaction, p50, meanwhile against before", "commit_p50_meanwhile", "commit_p50_before", most: 1.25),
        Compare(run, "backlog", "Backlog: publishers' transaction, p99, meanwhile against before", "commit_p99_meanwhile", "commit_p99_before", most: 1.25),
        AtLeast(run, "backfill", "rate", "Backfill of a new subscriber, without the owner's limit", 20_000, "msg/s"),
        Compare(run, "backfill", "Backfill: the owner's transaction, p99, while its history is read at its limit against before", "commit_p99_read", "commit_p99_before", most: 1.25),
        Grows(run, 2), Grows(run, 4),
        TimesBestPeer(run, "streams-1", "New streams of 3 events, 1 writer, against Marten's best", 1.5),
        TimesBestPeer(run, "streams-8", "New streams of 3 events, 8 writers", 4),
        TimesBestPeer(run, "streams-32", "New streams of 3 events, 32 writers", 4),
        TimesBestPeer(run, "append-1", "Appends with expected version, 1 writer", 1.5),
        TimesBestPeer(run, "append-8", "Appends with expected version, 8 writers", 4),
        TimesBestPeer(run, "append-32", "Appends with expected version, 32 writers", 4),
        TimesBestPeer(run, "aggregate-1", "Loading an aggregate of 1,000 events", 2.5),
        TimesBestPeer(run, "aggregate-8", "Loading an aggregate of 1,000 events, 8 readers", 2.5),
        Compare(run, "aggregate-snapshot", "Loading with a snapshot: 10,000 events against 100", "rate_10000", "rate_100", least: 0.8),
        TimesBestPeer(run, "rebuild", "Rebuilding a projection over 200,000 events", 3),
        TimesBestPeer(run, "catchup", "A projection's catch-up over 200,000 events", 3),
        Compare(run, "long", "Appends to a long log against an empty one", "append_full", "append_empty", least: 0.8),
        Compare(run, "long", "Loading a long stream with a snapshot against a short one in an empty log", "load_full", "load_empty", least: 0.8),
        Told(run, "storage", "Bytes per event on disk, indexes included, against Marten's", "bytes_per_event"),
        Cost(run, "unsequenced", "Appends without the sequencer"),
        Cost(run, "unhashed", "Appends without the hash chain"),
        Cost(run, "encrypted", "Appends with their text encrypted"),
    }.OfType<Verdict>();

    private static Verdict? TimesBestPeer(Measurements run, string workload, string name, double factor) =>
        run.Of(workload, "ours", "rate") is { } ours && run.Peers(workload, "rate").MaxBy(p => p.Median) is { } peer
            ? new(name, $"at least {factor:0.#} times", $"{ours.Median / peer.Median:0.00} times ({Text(ours.Median)} / {Text(peer.Median)}, {peer.Side})", ours.Median >= factor * peer.Median)
            : null;

    private static Verdict? ShareOfFloor(Measurements run, string workload, string name, double? least, string side = "ours") =>
        run.Of(workload, side, "rate") is { } ours && run.Of(workload, "floor", "rate") is { } floor
            ? new(name, least is null ? "is told" : $"at least {least:P0}", $"{ours.Median / floor.Median:P0} ({Text(ours.Median)} / {Text(floor.Median)})",
                least is { } share ? ours.Median >= share * floor.Median : null)
            : null;

    private static Verdict? AtLeast(Measurements run, string workload, string metric, string name, double least, string unit) =>
        run.Of(workload, "ours", metric) is { } ours
            ? new(name, $"at least {Text(least)} {unit}", $"{Text(ours.Median)} {unit}", ours.Median >= least)
            : null;

    private static Verdict? AtMost(Measurements run, string workload, string metric, string name, double most) =>
        run.Of(workload, "ours", metric) is { } ours
            ? new(name, $"at most {Text(most)} ms", $"{Text(ours.Median)} ms", ours.Median <= most)
            : null;

    private static Verdict? HalfOfTuned(Measurements run, string workload, string name) =>
        run.Of(workload, "ours", "p50") is { } ours
        && run.Peers("latency-consumer", "p50").Where(p => p.Side.EndsWith("tuned", StringComparison.Ordinal)).MinBy(p => p.Median) is { } peer
            ? new(name, "at most half", $"{ours.Median / peer.Median:0.00} times ({Text(ours.Median)} / {Text(peer.Median)} ms, {peer.Side})", ours.Median <= 0.5 * peer.Median)
            : null;

    private static Verdict? Compare(Measurements run, string workload, string name, string metric, string against, double least = 0, double most = double.MaxValue)
    {
        if (run.Of(workload, "ours", metric) is not { } measured || run.Of(workload, "ours", against) is not { } reference)
            return null;
        var ratio = measured.Median / reference.Median;
        return new(name, least > 0 ? $"at least {least:0.##} times" : $"at most {most:0.##} times",
            $"{ratio:0.00} times ({Text(measured.Median)} / {Text(reference.Median)})", ratio >= least && ratio <= most);
    }

    private static Verdict? Told(Measurements run, string workload, string name, string metric) =>
        run.Of(workload, "ours", metric) is { } ours && run.Peers(workload, metric).MinBy(p => p.Median) is { } peer
            ? new(name, "is told", $"{ours.Median / peer.Median:0.00} times ({Text(ours.Median)} / {Text(peer.Median)}, {peer.Side})", Reached: null)
            : null;

    private static Verdict? Cost(Measurements run, string side, string name) =>
        run.Of("costs", side, "rate") is { } changed && run.Of("costs", "ours", "rate") is { } ours
            ? new(name, "is told", $"{changed.Median / ours.Median:0.00} times the rate ({Text(changed.Median)} / {Text(ours.Median)})", Reached: null)
            : null;

    private static Verdict? Grows(Measurements run, int processes)
    {
        if (run.Of("scale-1", "ours", "rate") is not { } one || run.Of($"scale-{processes}", "ours", "rate") is not { } many)
            return null;
        var workload = $"scale-{processes}";
        var (busy, cpus) = (Median("machine_busy"), Median("cpus"));
        var parts = new[] { ("the subscribers", Median("cpus_per_subscriber") * processes), ("PostgreSQL", Median("cpus_postgres")), ("the broker", Median("cpus_broker")) };
        var bound = busy > 0.85
            ? $"bound by the machine's {cpus:0} processors, {busy:P0} busy"
            : $"not bound by the processors ({busy:P0} of {cpus:0} busy), so by waiting for commits";
        return new($"Scale: {processes} processes against 1", "is told",
            $"{many.Median / one.Median:0.00} times ({Text(many.Median)} / {Text(one.Median)}); {bound}: {string.Join(", ", parts.Select(p => $"{p.Item1} {p.Item2:0.00}"))}", Reached: null);

        double Median(string metric) => run.Of(workload, "ours", metric)!.Median;
    }

    public static string Text(double value) => Math.Abs(value) >= 100 ? $"{value:N0}" : $"{value:0.##}";
}
