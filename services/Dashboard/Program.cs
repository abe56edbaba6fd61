using EventDriven.Dashboard;

await DashboardHost.Build(args).RunAsync();
