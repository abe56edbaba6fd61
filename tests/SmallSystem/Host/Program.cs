using EventDriven.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var part = builder.Configuration["part"];

if (part is "backends")
{
    var data = builder.AddDataFolder();
    builder.AddKafkaBroker("kafka", data);
    builder.AddPostgresServer("postgres", data);
}
else
{
    var first = Shell("first", builder.Configuration["first"] ?? "exit 0");
    builder.AddProject<Projects.SmallSystem_Service>("service")
        .WithHttpEndpoint(port: 5191, name: "second", env: "SECOND_PORT")
        .WithReference(builder.AddConnectionString("store", ReferenceExpression.Create($"Key={builder.AddParameter("key", () => "{secret}", secret: true)}")))
        .WithHttpHealthCheck("/health").WaitForCompletion(first);
    if (builder.Configuration["beside"] is { } script) Shell("beside", script);
}

var app = builder.Build();
_ = TellWhenHealthy();
app.Run();

IResourceBuilder<ExecutableResource> Shell(string name, string script) =>
    builder.AddResource(new ExecutableResource(name, "/bin/sh", AppContext.BaseDirectory)).WithArgs("-c", script);

// For who started this process: a file that appears when all of it is healthy.
async Task TellWhenHealthy()
{
    if (builder.Configuration["ready"] is not { } file) return;
    foreach (var resource in builder.Resources.OfType<IResourceWithEndpoints>().Where(resource => resource.Name != "first"))
        await app.ResourceNotifications.WaitForResourceHealthyAsync(resource.Name);
    await File.WriteAllTextAsync(file, "");
}
