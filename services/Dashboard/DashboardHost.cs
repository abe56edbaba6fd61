using EventDriven.Dashboard.Access;
using EventDriven.Dashboard.Components;
using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Ingest;
using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Watch;
using Microsoft.FluentUI.AspNetCore.Components;

namespace EventDriven.Dashboard;

/// <summary>The whole dashboard, ready to run.</summary>
internal static class DashboardHost
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddSignIn();
        builder.AddOtlp();
        builder.AddWatch();
        builder.Services.AddSingleton(TimeProvider.System);
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
        return app;
    }
}
