using System.Globalization;
using System.Text;

namespace EventDriven.CheckoutBenchmark.Replicas;

/// <summary>
/// Several of every service while orders come: first undisturbed, then while each process is ended and started again and two services grow and
/// shrink. Nothing may be lost, doubled, disordered or refused, and orders may become only so much slower.
/// </summary>
internal static class RollingRestart
{
    private const double SlowerAtMost = 2, AlwaysGoodMs = 250;
    private const string Announced = "orders.order-placed.v1", Paid = "payments.payment-succeeded.v1", Shipped = "fulfilment.order-shipped.v1";
    private static readonly TimeSpan ExtraStays = TimeSpan.FromSeconds(15);

    /// <returns>Whether all of it held.</returns>
    public static async Task<bool> Try(string kafkaHome, Plan plan)
    {
        await using var company = await Company.Start(kafkaHome, isSynchronous: false, plan.Replicas);
        await company.WarmUp(plan);
        var (fleet, connections) = (company.Fleet!, new Connections(company.Postgres));
        Run steady, changing;
        await using (connections)
        {
            steady = await OpenLoop.Run("undisturbed", company, plan);
            var changes = Change(fleet);
            changing = await OpenLoop.Run("rolling restart, one more and one less", company, plan, until: changes);
            await changes;
            await company.UntilAtRest();
        }

        var differences = await Books.Differences(company.Kafka, fleet.AddressOf("insights"));
        var books = Books.Read(company.Kafka);
        var announced = books.Of(Announced);
        var bound = Math.Max(steady.At(0.99) * SlowerAtMost, AlwaysGoodMs);
        (string What, bool Holds)[] promises =
        [
            ($"orders answered with something else than `placed`: {Failures(steady, changing)}", steady.Failed.Count + changing.Failed.Count == 0),
            ($"orders answered as placed {company.Placed.Count}, announced {announced.Count}, paid {books.Of(Paid).Count}, shipped {books.Of(Shipped).Count}; while it warmed up, {company.Undecided} had to wait for what becomes of them",
                announced.IsSupersetOf(company.Placed) && announced.Count <= company.Placed.Count + company.Undecided && books.Of(Paid).Count == announced.Count && books.Of(Shipped).SetEquals(announced)),
            ($"what Insights has counted beside the {books.Messages} messages on the topics: {Listed(differences)}", differences.Count == 0),
            ($"streams with a hole or out of order on their topic: {Listed([.. books.OutOfOrder])} ({books.SentAgain} messages were sent again)", books.OutOfOrder.Count == 0),
            (string.Create(CultureInfo.InvariantCulture, $"p99 while it changes {changing.At(0.99):0} ms, at most {bound:0} ms"), changing.At(0.99) <= bound),
            (string.Create(CultureInfo.InvariantCulture, $"{fleet.Drains.Count} processes ended, the slowest in {fleet.Drains.Max().TotalSeconds:0.0} s, {fleet.Killed} by force"), fleet.Killed == 0 && fleet.Drains.Max() <= Fleet.DrainsWithin),
        ];
        Console.WriteLine(Report(plan, [steady, changing], promises, connections));
        return promises.All(p => p.Holds);
    }

    private static async Task Change(Fleet fleet)
    {
        await fleet.RestartAll();
        await fleet.GrowAndShrink(ExtraStays);
    }

    private static string Report(Plan plan, Run[] runs, (string What, bool Holds)[] promises, Connections connections)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{plan.Replicas} processes of each service, {plan.Rate} orders/s, open loop, {Environment.ProcessorCount} processors for all of it, Apache Kafka; a process that starts has {(StartPriority.IsKept ? "a lower priority until it is well" : "the same priority as those that serve")}.");
        text.AppendLine().AppendLine("| | s | orders | p50 ms | p99 ms | max ms |").AppendLine("|---|---|---|---|---|---|");
        foreach (var run in runs)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {run.Side} | {run.Duration.TotalSeconds:0} | {run.Took.Count} | {run.At(0.50):0.0} | {run.At(0.99):0.0} | {run.At(1):0.0} |");
        text.AppendLine();
        foreach (var (what, holds) in promises)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {(holds ? "reached" : "**MISSED**")}: {what}");
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Connections to PostgreSQL at most at once: {connections.Most}. By database and role: {Listed([.. connections.MostOf.OrderBy(c => c.Key).Select(c => $"{c.Key} {c.Value}")])}.");
        return text.ToString();
    }

    private static string Failures(params Run[] runs) =>
        Listed([.. runs.SelectMany(r => r.Failed.CountBy(f => f).Select(f => $"{f.Value} × {f.Key} ({r.Side})"))]);

    private static string Listed(IReadOnlyCollection<string> what) => what.Count == 0 ? "none" : string.Join(", ", what);
}
