using System.Net.Sockets;
using EventDriven.Messaging.Subscriptions;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace EventDriven.Email.Mailing;

/// <summary>Where mails go. Sending the same key again is harmless.</summary>
internal interface IMailTransport
{
    /// <exception cref="DependencyUnavailableException">The mail cannot leave now.</exception>
    Task Send(string key, MimeMessage mail, CancellationToken ct);

    /// <summary>Takes back what has not been delivered for good.</summary>
    Task Forget(string key, CancellationToken ct);
}

/// <summary>Real SMTP.</summary>
internal sealed class SmtpTransport(Uri server) : IMailTransport
{
    private const int TimeoutMs = 10_000;

    public async Task Send(string key, MimeMessage mail, CancellationToken ct)
    {
        try
        {
            using var smtp = new SmtpClient { Timeout = TimeoutMs };
            // A password leaves only encrypted.
            await smtp.ConnectAsync(
                server.Host, server.Port, server.UserInfo.Length > 0 ? SecureSocketOptions.StartTls : SecureSocketOptions.StartTlsWhenAvailable, ct);
            if (server.UserInfo.Split(':') is [var user, var password])
                await smtp.AuthenticateAsync(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password), ct);
            await smtp.SendAsync(mail, ct);
            await smtp.DisconnectAsync(quit: true, ct);
        }
        catch (Exception down) when (down is SocketException or IOException or TimeoutException or ServiceNotConnectedException or SmtpProtocolException
                or AuthenticationException or SslHandshakeException or NotSupportedException // not let in, or no TLS where a password is to be sent
            || down is SmtpCommandException { StatusCode: SmtpStatusCode.ServiceNotAvailable or SmtpStatusCode.MailboxBusy or SmtpStatusCode.InsufficientStorage })
        {
            throw new DependencyUnavailableException($"The mail server {server.Authority}", down);
        }
    }

    public Task Forget(string key, CancellationToken ct) => Task.CompletedTask; // a delivered mail is its receiver's
}

/// <summary>A folder of <c>.eml</c> files, where there is no mail server.</summary>
internal sealed class EmlFolder : IMailTransport
{
    private readonly string _folder;

    public EmlFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    public async Task Send(string key, MimeMessage mail, CancellationToken ct)
    {
        var unfinished = PathOf(key) + ".tmp";
        await mail.WriteToAsync(unfinished, ct);
        File.Move(unfinished, PathOf(key), overwrite: true);
    }

    public Task Forget(string key, CancellationToken ct)
    {
        File.Delete(PathOf(key));
        return Task.CompletedTask;
    }

    private string PathOf(string key) => Path.Combine(_folder, key + ".eml");
}

internal static class MailTransportRegistration
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>Connection string <c>mail</c>: <c>smtp://host:port</c>, <c>smtp://user:password@host:port</c> (by STARTTLS only) or <c>file:///folder</c>.</summary>
        public void AddMailTransport()
        {
            var text = builder.Configuration.GetConnectionString("mail");
            IMailTransport transport = Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri.Scheme switch
            {
                "smtp" => new SmtpTransport(uri),
                "file" => new EmlFolder(uri.LocalPath),
                _ => throw Wrong(),
            } : throw Wrong();
            builder.Services.AddSingleton(transport);

            // It may hold a password, so it is not shown.
            static InvalidOperationException Wrong() => new(
                "Connection string 'mail' is missing or of another form: set ConnectionStrings__mail to smtp://host:port, smtp://user:password@host:port, or file:///folder for .eml files.");
        }
    }
}
