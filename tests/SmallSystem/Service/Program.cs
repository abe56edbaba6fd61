// Healthy at once, and tells what it was given.
var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/health", () => Results.Ok());
app.MapGet("/environment", () => Environment.GetEnvironmentVariables());
app.MapGet("/process", () => Environment.ProcessId);

await app.RunAsync();
