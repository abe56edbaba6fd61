using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

/// <summary>Gives every endpoint its port before the first process starts, so that all can be told of all.</summary>
internal static class Ports
{
    // What a killed host has left behind ends within this time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    public static async Task Allocate(IEnumerable<IResource> resources, bool random, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        var given = new HashSet<int>();
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                var wished = random && endpoint.IsProxied ? null : endpoint.Port;
                if (wished is { } port) await WaitUntilFree(port, resource.Name, since, cancellationToken);
                endpoint.AllocatedPort = wished ?? Free(given);
                given.Add(endpoint.AllocatedPort.Value);
            }
        }
    }

    private static async Task WaitUntilFree(int port, string resource, long since, CancellationToken cancellationToken)
    {
        while (!IsFree(port))
        {
            if (Stopwatch.GetElapsedTime(since) > Patience)
                throw new DistributedApplicationException(
                    $"Port {port} of '{resource}' is taken by another process: end that process, or give '{resource}' another port in its launch profile.");
            await Task.Delay(100, cancellationToken);
        }
    }

    // Below the range from which systems take ports for outgoing connections: nobody gets it between now and the start.
    private static int Free(HashSet<int> given)
    {
        int port;
        do port = RandomNumberGenerator.GetInt32(20_000, 32_000);
        while (given.Contains(port) || !IsFree(port));
        return port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
