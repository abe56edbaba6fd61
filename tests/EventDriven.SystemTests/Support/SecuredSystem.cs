using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using EventDriven.Contracts;

namespace EventDriven.SystemTests.Support;

/// <summary>
/// On Apache Kafka as in production: its services come over TLS, each with an account of its own that may do what its contracts say. A second
/// listener, in clear, is for the operator, who may do everything.
/// </summary>
public sealed class SecuredSystem() : RunningSystem(KafkaAtHand)
{
    private Issuer? _issuer;

    public override bool IsAvailable => IsApacheKafka;

    /// <summary>Where accounts come in.</summary>
    public string Secured { get; } = $"localhost:{FreePort().ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Whose certificates the broker shows.</summary>
    public string Authority => Path.Combine(DataFolder, "authority.pem");

    /// <summary>A client with a service's token, which may act for everybody.</summary>
    public override HttpClient Client(string service) => Client(service, _issuer!.TokenOf(Guid.CreateVersion7().ToString(), "service"));

    /// <summary>A client with a user's token.</summary>
    public HttpClient ClientOf(Guid user, string service) => Client(service, _issuer!.TokenOf(user.ToString()));

    /// <summary>A token as the issuer would make it, signed by somebody else.</summary>
    public string Forged(RSA key) => _issuer!.TokenOf(Guid.CreateVersion7().ToString(), key, "service");

    /// <summary>A client without a token.</summary>
    public HttpClient Stranger(string service) => base.Client(service);

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        if (_issuer is not null)
            await _issuer.DisposeAsync();
    }

    private HttpClient Client(string service, string token)
    {
        var client = base.Client(service);
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    public static string PasswordOf(string account) => $"the-password-of-{account}";

    protected override async Task Configure(IDistributedApplicationTestingBuilder builder)
    {
        _issuer = await Issuer.Start();
        var properties = Path.Combine(DataFolder, "secured.properties");
        await File.WriteAllTextAsync(properties, Properties(Certificate()));
        builder.CreateResourceBuilder(builder.Resources.OfType<ExecutableResource>().Single(r => r.Name == "kafka")).WithEnvironment("KAFKA_ADDITIONAL_PROPERTIES", properties);
        foreach (var project in builder.Resources.OfType<ProjectResource>().Select(resource => builder.CreateResourceBuilder(resource)).ToArray())
        {
            if (project.Resource.Name == "setup")
                project.WithEnvironment("Setup__GrantsRights", "true");
            else
            {
                project.WithEnvironment("ConnectionStrings__kafka", Secured)
                    .WithEnvironment("Messaging__Security__Protocol", "SaslSsl").WithEnvironment("Messaging__Security__Mechanism", "Plain")
                    .WithEnvironment("Messaging__Security__Username", project.Resource.Name).WithEnvironment("Messaging__Security__Password", PasswordOf(project.Resource.Name))
                    .WithEnvironment("Messaging__Security__CertificateAuthority", Authority);
                if (project.Resource.Name != "dashboard") // its people sign in otherwise
                {
                    project.WithEnvironment("Jwt__Authority", _issuer.Address).WithEnvironment("Jwt__Audience", Issuer.Audience)
                        .WithEnvironment("Jwt__ClientId", project.Resource.Name).WithEnvironment("Jwt__ClientSecret", Issuer.Secret);
                }
            }
        }
    }

    /// <returns>A file with the broker's key and certificate.</returns>
    private string Certificate()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (from, to) = (now.AddHours(-1), now.AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=authority of a test", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var issuer = authority.CreateSelfSigned(from, to);
        File.WriteAllText(Authority, issuer.ExportCertificatePem());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var broker = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        broker.CertificateExtensions.Add(names.Build());
        using var certificate = broker.Create(issuer, from, to, [1]);
        var file = Path.Combine(DataFolder, "broker.pem");
        File.WriteAllText(file, $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n");
        return file;
    }

    private string Properties(string certificate)
    {
        const string Login = "listener.name.sasl_ssl", Modules = "org.apache.kafka.common.security";
        var accounts = Rights.All.Select(r => r.Service).Append("dashboard").Append("traffic").Select(account => $"user_{account}=\"{PasswordOf(account)}\"");
        return $$"""
            listeners={listeners},SASL_SSL://{{Secured}}
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
            ssl.keystore.type=PEM
            ssl.keystore.location={{certificate}}
            sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512,OAUTHBEARER
            {{Login}}.plain.sasl.jaas.config={{Modules}}.plain.PlainLoginModule required {{string.Join(' ', accounts)}};
            {{Login}}.scram-sha-512.sasl.jaas.config={{Modules}}.scram.ScramLoginModule required;
            {{Login}}.oauthbearer.sasl.jaas.config={{Modules}}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
            authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
            super.users=User:ANONYMOUS

            """;
    }
}

[CollectionDefinition("secured Apache Kafka")]
public sealed class OnSecuredApacheKafka : ICollectionFixture<SecuredSystem>;
