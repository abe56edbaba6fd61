using EventDriven.CheckoutBenchmark;
using EventDriven.CheckoutBenchmark.Replicas;
using EventDriven.CheckoutBenchmark.Tracing;
using Microsoft.Extensions.Configuration;

// What a client of Orders waits for, with those who only hear of its orders up and down, and with the synchronous rival, which calls them.
var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
var plan = settings.Get<Plan>() ?? new();
var kafkaHome = settings["KAFKA_HOME"] ?? "";

if (plan.Replicas > 1)
    return await RollingRestart.Try(kafkaHome, plan) ? 0 : 1;

List<Run> runs = [];
await using (var company = await Company.Start(kafkaHome, isSynchronous: false))
{
    await company.WarmUp(plan);
    for (var round = 0; round < plan.Rounds; round++)
    {
        runs.Add(await OpenLoop.Run(Report.Up, company, plan));
        await company.Stop(Company.Listeners);
        runs.Add(await OpenLoop.Run(Report.Down, company, plan));
        await company.StartAgain(Company.Listeners);
    }
    runs.Add(await ClosedLoop.Run("events, all up, as many as it takes", company, plan));
}
await using (var rival = await Company.Start(kafkaHome, isSynchronous: true))
{
    await rival.WarmUp(plan);
    for (var round = 0; round < plan.Rounds; round++)
        runs.Add(await OpenLoop.Run(Report.Rival, rival, plan));
    runs.Add(await ClosedLoop.Run("synchronous, all up, as many as it takes", rival, plan));
    await rival.Stop("email");
    runs.Add(await OpenLoop.Run("synchronous, email down", rival, plan));
}

await using var spans = await Spans.Start();
await using (var traced = await Company.Start(kafkaHome, isSynchronous: false, telemetry: spans.Address))
{
    await traced.WarmUp(plan);
    spans.Forget();
    await OpenLoop.Run("traced", traced, plan);
} // whoever ends sends what it still has

Console.WriteLine(Breakdown.Of(spans.All, "orders", "POST /orders"));
Console.WriteLine(Report.Of(runs, plan, kafkaHome.Length > 0));
return Report.IsReached(runs) ? 0 : 1;
