using EventDriven.Dashboard.Access;
using EventDriven.Dashboard.Components;
using EventDriven.Dashboard.Experiments;
using EventDriven.Dashboard.Failures;
using EventDriven.Dashboard.Flow;
using EventDriven.Dashboard.Ingest;
using EventDriven.Dashboard.Journey;
using EventDriven.Dashboard.Messages;
using EventDriven.Dashboard.Operate;
using EventDriven.Dashboard.Time;
using EventDriven.Dashboard.Topics;
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
        builder.Services.AddBackground<FlowHistory>();
        builder.Services.AddBackground<MessageFeed>();
        builder.Services.AddBackground<FailureFeed>();
        builder.Services.AddSingleton<JourneyReader>();
        builder.Services.AddOptions<TraceOptions>().BindConfiguration("Traces");
        builder.Services.AddSingleton<AuditReader>();
        builder.AddHostClient();
        builder.AddExperiments();
        builder.Services.AddSingleton<TopicReader>();
        builder.Services.AddSingleton<TopicBrowser>();
        builder.Services.AddSingleton<TimeMachine>();
        builder.Services.AddSingleton<NumbersReader>();
        builder.Services.AddScoped<Steering>();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(circuits => circuits.DisconnectedCircuitMaxRetained = 10);
        builder.Services.AddFluentUIComponents();

        var app = builder.Build();
        app.UseOtlp();
        app.MapDefaultEndpoints();
        app.UseBrowserRules();
        app.UseStatusCodePagesWithReExecute("/not-found");
        app.UseSignIn();
        app.UseAntiforgery();
        app.UseRateLimiter();
        app.MapStaticAssets();
        app.MapSearch();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(static server => server.ContentSecurityFrameAncestorsPolicy = null); // BrowserRules says it for every answer
        return app;
    }
}
