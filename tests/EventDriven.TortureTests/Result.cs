using System.Globalization;
using System.Text;
using EventDriven.TortureTests.Checks;
using EventDriven.TortureTests.Faults;
using EventDriven.TortureTests.Histories;
using EventDriven.TortureWorker.Writing;

namespace EventDriven.TortureTests;

/// <summary>What a run has come to.</summary>
internal sealed record Result(
    int Seed, RunOptions Options, TimeSpan Loaded, TimeSpan Rested, bool IsComplete, bool IsAtRest, Nemesis Nemesis, History History, Verdict Verdict, string Files)
{
    private const int FindingsShown = 10;

    public long Acknowledged => History.Attempts.Count(LogChecks.IsAcknowledged);

    public long Streams => History.Attempts.Where(LogChecks.IsAcknowledged).Select(a => a.Stream).Distinct().Count();

    public int Kills => Nemesis.Count(FaultKind.KillWriter, FaultKind.KillLeaseHolder, FaultKind.KillConsumer);

    public int Stops => Nemesis.Count(FaultKind.StopWriter, FaultKind.StopLeaseHolder, FaultKind.StopConsumer, FaultKind.StopConsumerForLong);

    /// <summary>Nothing is to be looked into.</summary>
    public bool IsGood => IsComplete && IsAtRest && Verdict.Findings.Count == 0 && Nemesis.EndedByThemselves.IsEmpty;

    /// <summary>A table to read.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Title($"torture {Options.Name}, seed {Seed}: {(Verdict.Findings.Count == 0 && IsAtRest ? "every promise kept" : $"{Verdict.Findings.Count:N0} findings")}");
        Line("load", $"{Loaded.TotalSeconds:N0} s, then at rest after {Rested.TotalSeconds:N0} s{(IsAtRest ? "" : " (not reached)")}");
        Line("acknowledged events", $"{Acknowledged:N0} over {Streams:N0} streams");
        Line("outcome unknown / never committed", $"{History.Attempts.Count(a => a.Outcome == Outcome.Unknown):N0} / {History.Attempts.Count(LogChecks.IsNotCommitted):N0}");
        Line("kills", $"{Kills} (writers {Nemesis.Count(FaultKind.KillWriter)}, lease holder {Nemesis.Count(FaultKind.KillLeaseHolder)}, consumers {Nemesis.Count(FaultKind.KillConsumer)})");
        Line("stops", $"{Stops} (writers {Nemesis.Count(FaultKind.StopWriter)}, lease holder {Nemesis.Count(FaultKind.StopLeaseHolder)}, consumers {Nemesis.Count(FaultKind.StopConsumer, FaultKind.StopConsumerForLong)}, of them beyond the session {Nemesis.Count(FaultKind.StopConsumerForLong)})");
        Line("restarts", $"PostgreSQL {Nemesis.Count(FaultKind.RestartPostgres)}, Apache Kafka {Nemesis.Count(FaultKind.RestartKafka)}");
        Line("rebalances", $"{Nemesis.Count(FaultKind.Rebalance)} by leaving and joining; writers rolled out {Nemesis.Count(FaultKind.RollOutWriter)}");
        Line("on the wire", $"{History.Topic.Count:N0} messages, {History.Topic.Count - History.Topic.Select(m => m.MessageId).Distinct().Count():N0} of them again");
        foreach (var sums in History.Sums)
            Line(sums.Subscription, $"published {History.Log.Count(e => e.IsPublished):N0} = handled {sums.Handled:N0} + without handler {sums.WithoutHandler:N0} + parked {sums.Parked:N0} + dead {sums.Dead:N0} + refused {sums.Refused:N0} + skipped {sums.Skipped:N0} + quarantined {sums.Quarantined:N0} + waiting {sums.Waiting:N0}");
        foreach (var (promise, number) in Verdict.Checked)
            Line(promise.ToString(), $"{number:N0} checked, {Verdict.Findings.Count(f => f.Promise == promise):N0} findings");
        foreach (var ended in Nemesis.EndedByThemselves)
            Line("ended by itself", ended);
        foreach (var finding in Verdict.Findings.GroupBy(f => f.Promise).SelectMany(p => p.Take(FindingsShown)))
            Line(finding.Promise.ToString(), finding.What);
        return text.ToString();

        void Title(string title) => text.AppendLine().AppendLine(title);
        void Line(string name, string value) => text.AppendLine(CultureInfo.InvariantCulture, $"  {name,-36} {value}");
    }
}
