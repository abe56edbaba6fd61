using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EventDriven.AppHost;

internal static class FreePort
{
    // Below the range from which systems take ports for outgoing connections: nobody gets it between now and the start.
    public static int Next()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, RandomNumberGenerator.GetInt32(20_000, 32_000));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Taken: draw again.
            }
        }
    }
}
