using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Access;

/// <summary>Prints the sign-in link of a dashboard that was started by itself; else the AppHost prints it.</summary>
internal sealed class LinkPrinter(IServer server, IOptions<LoginOptions> options, IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.IsOurs)
            lifetime.ApplicationStarted.Register(Print);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // To the console and not to the log: logs are sent on, and the link is a secret.
    private void Print()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        Console.WriteLine($"Open the dashboard: {address}/login?t={options.Value.Token}");
    }
}
