using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

/// <summary>Gives every endpoint its port before the first process starts, so that all can be told of all.</summary>
internal static class Ports
{
    public static void Allocate(IEnumerable<IResource> resources, bool random)
    {
        var taken = new HashSet<int>();
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                var wished = random && endpoint.IsProxied ? null : endpoint.Port;
                if (wished is { } port && !IsFree(port))
                    throw new DistributedApplicationException(
                        $"Port {port} of '{resource.Name}' is taken by another process: end that process, or give '{resource.Name}' another port in its launch profile.");
                endpoint.AllocatedPort = wished ?? Free(taken);
                taken.Add(endpoint.AllocatedPort.Value);
            }
        }
    }

    // Below the range from which systems take ports for outgoing connections: nobody gets it between now and the start.
    private static int Free(HashSet<int> taken)
    {
        int port;
        do port = RandomNumberGenerator.GetInt32(20_000, 32_000);
        while (taken.Contains(port) || !IsFree(port));
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
