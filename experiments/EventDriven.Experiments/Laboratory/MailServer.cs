using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace EventDriven.Experiments.Laboratory;

/// <summary>An SMTP server that throws mails away. It can be slow: that is a fault which an experiment brings about.</summary>
internal sealed class MailServer : MessageStore, IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Task _runs;

    public MailServer()
    {
        var port = FreePort();
        Address = string.Create(CultureInfo.InvariantCulture, $"smtp://127.0.0.1:{port}");
        _runs = new SmtpServer.SmtpServer(
            new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, port))).Build(),
            new ServiceCollection().AddSingleton<IMessageStore>(this).BuildServiceProvider()).StartAsync(_over.Token);
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>How long it takes over a mail.</summary>
    public TimeSpan AnswersAfter { get; set; } = TimeSpan.Zero;

    public override async Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        await Task.Delay(AnswersAfter, cancellationToken);
        return SmtpResponse.Ok;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _runs.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it ends by being cancelled
        _over.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
