using Azure.Core;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;

namespace EventDriven.Messaging;

/// <summary>How a client and the broker know each other. Section <c>Messaging:Security</c>, the same for every client of a process.</summary>
public sealed class KafkaSecurity
{
    /// <summary>Whether what goes over the line is encrypted and the client says who it is.</summary>
    /// <value>Default <see cref="KafkaProtocol.Plaintext"/>: neither, for a machine of one's own.</value>
    public KafkaProtocol Protocol { get; set; } = KafkaProtocol.Plaintext;

    /// <summary>How the client says who it is.</summary>
    /// <value>Default <see cref="KafkaMechanism.ScramSha512"/>.</value>
    public KafkaMechanism Mechanism { get; set; } = KafkaMechanism.ScramSha512;

    /// <summary>The account, for every mechanism but <see cref="KafkaMechanism.OAuthBearer"/>.</summary>
    public string Username { get; set; } = "";

    /// <summary>Its password.</summary>
    public string Password { get; set; } = "";

    /// <summary>Whose certificates the broker may show: a file in PEM.</summary>
    /// <value>Empty: those that the machine trusts.</value>
    public string CertificateAuthority { get; set; } = "";

    /// <summary>What a token is for, for <see cref="KafkaMechanism.OAuthBearer"/>: on Event Hubs <c>https://&lt;namespace&gt;.servicebus.windows.net/.default</c>.</summary>
    public string Scope { get; set; } = "";

    /// <summary>As it is configured, for a program that does not add messaging.</summary>
    /// <exception cref="InvalidOperationException">Something of it is missing or cannot be.</exception>
    public static KafkaSecurity Of(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var security = configuration.GetSection("Messaging:Security").Get<KafkaSecurity>() ?? new();
        return security.Problems().FirstOrDefault() is { } problem ? throw new InvalidOperationException(problem) : security;
    }

    /// <summary>What is missing or cannot be, each in a sentence that says what to set.</summary>
    public IEnumerable<string> Problems()
    {
        if (Protocol is KafkaProtocol.Plaintext)
            yield break;
        if (CertificateAuthority.Length > 0 && !File.Exists(CertificateAuthority))
            yield return $"Messaging:Security:CertificateAuthority names {CertificateAuthority}, which is not there: let it name a PEM file, or leave it empty to trust what the machine trusts.";
        if (Mechanism is KafkaMechanism.OAuthBearer && Scope.Length == 0)
            yield return "Messaging:Security:Scope is missing: OAuthBearer needs it, for Event Hubs it is https://<namespace>.servicebus.windows.net/.default.";
        if (Mechanism is not KafkaMechanism.OAuthBearer && (Username.Length == 0 || Password.Length == 0))
            yield return $"Messaging:Security:Username or Password is missing: {Mechanism} needs both.";
    }

    /// <summary>Sets on a client what is set here.</summary>
    public TConfig Secure<TConfig>(TConfig config) where TConfig : ClientConfig
    {
        ArgumentNullException.ThrowIfNull(config);
        if (Protocol is KafkaProtocol.Plaintext)
            return config;
        config.SecurityProtocol = SecurityProtocol.SaslSsl;
        config.SaslMechanism = Mechanism switch
        {
            KafkaMechanism.Plain => SaslMechanism.Plain,
            KafkaMechanism.ScramSha256 => SaslMechanism.ScramSha256,
            KafkaMechanism.ScramSha512 => SaslMechanism.ScramSha512,
            KafkaMechanism.OAuthBearer => SaslMechanism.OAuthBearer,
            _ => throw new InvalidOperationException($"{Mechanism} is no mechanism."),
        };
        if (Mechanism is not KafkaMechanism.OAuthBearer)
            (config.SaslUsername, config.SaslPassword) = (Username, Password);
        if (CertificateAuthority.Length > 0)
            config.SslCaLocation = CertificateAuthority;
        return config;
    }

    /// <summary>
    /// What gives a client its tokens, and new ones before they expire; null where it needs none. A token that cannot be had is an error of the
    /// client, which asks again.
    /// </summary>
    public Action<IClient, string>? Tokens(TokenCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        return Protocol is KafkaProtocol.SaslSsl && Mechanism is KafkaMechanism.OAuthBearer ? Refresh : null;

        void Refresh(IClient client, string settings)
        {
            try
            {
                var token = credential.GetToken(new TokenRequestContext([Scope]), CancellationToken.None);
                client.OAuthBearerSetToken(token.Token, token.ExpiresOn.ToUnixTimeMilliseconds(), principalName: "");
            }
            catch (Exception refused) // whatever it is, the client reports it as its own
            {
                client.OAuthBearerSetTokenFailure(refused.Message);
            }
        }
    }
}

/// <summary>How a client talks to the broker.</summary>
public enum KafkaProtocol
{
    /// <summary>In clear, and nobody says who they are.</summary>
    Plaintext,

    /// <summary>Over TLS, with an account.</summary>
    SaslSsl,
}

/// <summary>How a client says who it is.</summary>
public enum KafkaMechanism
{
    /// <summary>The password goes over the line, which TLS hides.</summary>
    Plain,

    /// <summary>The password stays here; the hash is SHA-256.</summary>
    ScramSha256,

    /// <summary>The password stays here; the hash is SHA-512.</summary>
    ScramSha512,

    /// <summary>A token of Microsoft Entra, for the identity that the process has in Azure.</summary>
    OAuthBearer,
}
