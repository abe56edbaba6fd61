using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;

namespace EventDriven.LocalKafka;

/// <summary>
/// The mock cluster that Confluent ships for testing clients: a TCP broker with consumer groups, all of it in memory.
/// It listens where it likes and tells its clients so; the fixed port only leads them there.
/// </summary>
internal static partial class InMemoryBroker
{
    private const int Producer = 0;

    public static async Task<int> Run(int port)
    {
        var broker = Start();
        Console.WriteLine($"In-memory broker on port {port}: nothing outlives this run.");

        IPAddress[] addresses = Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        await Task.WhenAll(addresses.Select(address => Listen(new TcpListener(address, port), broker)));
        return 0;
    }

    private static IPEndPoint Start()
    {
        NativeLibrary.SetDllImportResolver(typeof(InMemoryBroker).Assembly, LoadVariant);
        var configuration = rd_kafka_conf_new();
        _ = rd_kafka_conf_set(configuration, "log_level", "3", 0, 0);
        var client = rd_kafka_new(Producer, configuration, 0, 0);
        var cluster = rd_kafka_mock_cluster_new(client, 1);
        // Its default is 3 s, in which every group that joins would wait for more members.
        rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0);
        return IPEndPoint.Parse(Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(cluster))!);
    }

    private static async Task Listen(TcpListener listener, IPEndPoint broker)
    {
        listener.Start();
        while (true) _ = Forward(await listener.AcceptTcpClientAsync(), broker);
    }

    private static async Task Forward(TcpClient client, IPEndPoint broker)
    {
        using var incoming = client;
        using var outgoing = new TcpClient(broker.AddressFamily);
        try
        {
            await outgoing.ConnectAsync(broker);
            await Task.WhenAny(
                incoming.GetStream().CopyToAsync(outgoing.GetStream()),
                outgoing.GetStream().CopyToAsync(incoming.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // One side has hung up; the other is hung up with it.
        }
    }

    // The package brings several builds for Linux; the first that finds what it needs here is the right one.
    private static nint LoadVariant(string name, Assembly assembly, DllImportSearchPath? paths)
    {
        foreach (var variant in (string[])[name, $"centos8-{name}", $"alpine-{name}"])
            if (NativeLibrary.TryLoad(variant, assembly, paths, out var library)) return library;
        return 0;
    }

    [LibraryImport("librdkafka")]
    private static partial nint rd_kafka_conf_new();

    [LibraryImport("librdkafka", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_conf_set(nint configuration, string name, string value, nint error, nuint errorSize);

    [LibraryImport("librdkafka")]
    private static partial nint rd_kafka_new(int type, nint configuration, nint error, nuint errorSize);

    [LibraryImport("librdkafka")]
    private static partial nint rd_kafka_mock_cluster_new(nint client, int brokers);

    [LibraryImport("librdkafka")]
    private static partial nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [LibraryImport("librdkafka")]
    private static partial void rd_kafka_mock_group_initial_rebalance_delay_ms(nint cluster, int milliseconds);
}
