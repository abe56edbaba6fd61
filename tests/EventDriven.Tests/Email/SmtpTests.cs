using System.Net;
using System.Net.Sockets;
using EventDriven.Email.Mailing;
using EventDriven.Messaging.Subscriptions;
using MimeKit;

namespace EventDriven.Tests.Email;

public sealed class SmtpTests
{
    [Fact]
    public async Task A_password_is_not_sent_in_clear()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        var said = Answer(listener);
        var transport = new SmtpTransport(new Uri($"smtp://shop:secret@{listener.LocalEndpoint}"));

        await Assert.ThrowsAsync<DependencyUnavailableException>(() => transport.Send("key", new MimeMessage(), TestContext.Current.CancellationToken));

        Assert.DoesNotContain(await said, line => line.StartsWith("AUTH", StringComparison.OrdinalIgnoreCase));
    }

    // A server that lets everybody in and knows no TLS.
    private static async Task<IReadOnlyList<string>> Answer(TcpListener listener)
    {
        List<string> said = [];
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 here");
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            said.Add(line);
            await writer.WriteLineAsync(line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase) ? "250-here\r\n250 AUTH PLAIN LOGIN" : "235 welcome");
        }

        return said;
    }
}
