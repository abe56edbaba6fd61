using EventDriven.Dashboard;
using EventDriven.Dashboard.Access;
using EventDriven.Dashboard.Components;
using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Ingest;
using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Watch;
using Microsoft.FluentUI.AspNetCore.Components;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddSignIn();
builder.AddOtlp();
builder.Services.AddSingleton(TimeProvider.System);
builder.AddWatch();
builder.Services.AddBackground<FlowFeed>();
builder.Services.AddBackground<MessageFeed>();
builder.Services.AddSingleton<JourneyReader>();
builder.Services.AddRazorComponents().AddInteractiveServerComponents(circuits => circuits.DisconnectedCircuitMaxRetained = 10);
builder.Services.AddFluentUIComponents();

var app = builder.Build();
app.UseOtlp();
app.MapDefaultEndpoints();
app.UseStatusCodePagesWithReExecute("/not-found");
app.UseSignIn();
app.UseAntiforgery();
app.MapStaticAssets();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();

await app.RunAsync();
