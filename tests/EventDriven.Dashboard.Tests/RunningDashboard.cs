using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EventDriven.Dashboard.Flow;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.Dashboard.Tests;

/// <summary>The whole dashboard in this process, on three free ports of its own.</summary>
internal sealed class RunningDashboard : IAsyncDisposable
{
    public const string Key = "the-key";
    public const string Token = "the-token";

    private readonly WebApplication _app;

    private RunningDashboard(WebApplication app, Uri[] addresses) => (_app, Ui, Grpc, Http) = (app, addresses[0], addresses[1], addresses[2]);

    public Uri Ui { get; }

    public Uri Grpc { get; }

    public Uri Http { get; }

    public Broadcast<FlowGraph> Graph => _app.Services.GetRequiredService<FlowFeed>().Graph;

    public static Task<RunningDashboard> Start(params string[] args) => Start(static ports => $"--urls=http://127.0.0.1:{ports[0]}", args);

    /// <summary>As a container starts it: told the ports of all endpoints alike.</summary>
    public static Task<RunningDashboard> StartAsContainer() => Start(static ports => $"--HTTP_PORTS={string.Join(';', ports)}");

    private static async Task<RunningDashboard> Start(Func<int[], string> listening, params string[] args)
    {
        var addresses = Enumerable.Range(0, 3).Select(static _ => new Uri($"http://127.0.0.1:{FreePort()}")).ToArray();
        var app = DashboardHost.Build(
        [
            "--applicationName=Dashboard", "--environment=Development", listening([.. addresses.Select(static address => address.Port)]),
            $"--OTLP_GRPC_PORT={addresses[1].Port}", $"--OTLP_HTTP_PORT={addresses[2].Port}",
            $"--Otlp:Key={Key}", $"--Login:Token={Token}", "--Logging:LogLevel:Default=Warning", "--Logging:LogLevel:Microsoft.AspNetCore=Error", .. args,
        ]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningDashboard(app, addresses);
    }

    /// <summary>Waits until the graph is as expected, as a page does: by being told of every change.</summary>
    public async Task<FlowGraph> See(Func<FlowGraph, bool> expected)
    {
        var seen = new TaskCompletionSource<FlowGraph>(TaskCreationOptions.RunContinuationsAsynchronously);
        Graph.Changed += Look;
        try
        {
            return await seen.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"The graph is still {JsonSerializer.Serialize(Graph.Current)}", late);
        }
        finally
        {
            Graph.Changed -= Look;
        }

        void Look(object? sender, EventArgs change)
        {
            if (expected(Graph.Current))
                seen.TrySetResult(Graph.Current);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
