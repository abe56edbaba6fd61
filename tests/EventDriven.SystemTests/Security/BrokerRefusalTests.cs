using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Azure.Core;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Publishing;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using ResourceType = Confluent.Kafka.Admin.ResourceType;

namespace EventDriven.SystemTests.Security;

/// <summary>What a service does whose account lacks a right or has another password than before: it waits, says which, and loses nothing.</summary>
[Collection("secured Apache Kafka")]
public sealed class BrokerRefusalTests(SecuredSystem system) : SystemTest(system)
{
    private TestService? _service;
    private IAdminClient? _operator;

    private TestService Service => _service!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await TestService.Create(Running);
        _operator = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Running.Kafka }).Build();
        await SetPassword(SecuredSystem.PasswordOf(Service.Name));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        _operator?.Dispose();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(KafkaMechanism.ScramSha512)]
    [InlineData(KafkaMechanism.OAuthBearer)]
    public async Task A_relay_that_may_not_write_pauses_with_the_topic_and_the_right_and_loses_nothing(KafkaMechanism mechanism)
    {
        var host = await Start(mechanism);
        await Append(host, 1);
        await Append(host, 2);
        await TroubleOf(host, Relay.Part, "the account has the right Write on no topic");
        await AssertDegraded(host, Service.Topic);

        await Grant(ResourceType.Topic, "somewhere.else", AclOperation.Write);
        await TroubleOf(host, Relay.Part, $"the account lacks the right Write on topic {Service.Topic}");
        await AssertDegraded(host, Service.Topic);

        await Grant(ResourceType.Topic, Service.Topic, AclOperation.Write);
        await Eventually.Equal(2L, () => Service.Scalar("select relayed from log.progress"), "relayed");
        await Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of(Relay.Part), r => r is null, "the trouble is over");
    }

    [Theory]
    [InlineData(KafkaMechanism.ScramSha512)]
    [InlineData(KafkaMechanism.OAuthBearer)]
    public async Task A_subscription_that_may_not_read_pauses_with_what_it_lacks_and_goes_on_from_where_it_was(KafkaMechanism mechanism)
    {
        await Grant(ResourceType.Topic, Service.Topic, AclOperation.Write);
        var (recorder, subscription) = (new Recorder(), $"{Service.Name}-reader");
        var host = await Start(mechanism, b => TestService.Subscribe(b, subscription, Service.Types, recorder));
        foreach (var number in (int[])[1, 2, 3])
            await Append(host, number);
        await TroubleOf(host, subscription, $"the account lacks the right Read on group {subscription}");
        await AssertDegraded(host, subscription);

        await Grant(ResourceType.Group, subscription, AclOperation.Read);
        await TroubleOf(host, subscription, $"the account lacks the right Read on topic {Service.Topic}");
        await AssertDegraded(host, Service.Topic);
        Assert.Empty(recorder.Seen);

        await Grant(ResourceType.Topic, Service.Topic, AclOperation.Read);
        await Eventually.Equal(3L, () => Service.Scalar("select count(*) from effects"), "handled");
        Assert.Equal([1, 2, 3], recorder.Seen.Select(s => s.Number).Order());
    }

    [Fact]
    public async Task An_account_has_a_new_password_while_its_service_works_and_its_replicas_change_one_by_one()
    {
        var (recorder, subscription, today) = (new Recorder(), $"{Service.Name}-reader", SecuredSystem.PasswordOf(Service.Name));
        await Grant(ResourceType.Topic, Service.Topic, AclOperation.Write);
        await Grant(ResourceType.Topic, Service.Topic, AclOperation.Read);
        await Grant(ResourceType.Group, subscription, AclOperation.Read);
        var first = await Replica(today);
        await Append(first, 1);
        await Handled(1);

        await SetPassword("of-tomorrow");
        await Append(first, 2);
        await Handled(2); // who is signed in stays so

        var late = await Replica(today);
        await TroubleOf(late, subscription, "uthentication failed");
        await AssertDegraded(late, subscription);
        await Append(late, 3);
        await Handled(3);
        await TestService.Stop(late);

        var second = await Replica("of-tomorrow");
        await TestService.Stop(first);
        await Append(second, 4);
        await Handled(4);
        await Eventually.See(() => second.Services.GetRequiredService<Troubles>().Of(subscription), reason => reason is null, "the second has no trouble");
        Assert.Equal([1, 2, 3, 4], recorder.Seen.Select(s => s.Number).Distinct().Order());

        Task<IHost> Replica(string password) => Start(KafkaMechanism.ScramSha512, b => TestService.Subscribe(b, subscription, Service.Types, recorder), password);
        Task Handled(long count) => Eventually.Equal(count, () => Service.Scalar("select count(*) from effects"), "handled");
    }

    private Task SetPassword(string password) => _operator!.AlterUserScramCredentialsAsync([new UserScramCredentialUpsertion
    {
        User = Service.Name,
        ScramCredentialInfo = new() { Mechanism = ScramMechanism.ScramSha512, Iterations = 4096 },
        Password = Encoding.UTF8.GetBytes(password),
    }]);

    private Task<IHost> Start(KafkaMechanism mechanism, Action<IHostApplicationBuilder>? configure = null, string? password = null)
    {
        var secured = (SecuredSystem)Running;
        return Service.Start(builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:kafka"] = secured.Secured,
                ["Messaging:Security:Protocol"] = "SaslSsl",
                ["Messaging:Security:Mechanism"] = mechanism.ToString(),
                ["Messaging:Security:Username"] = Service.Name,
                ["Messaging:Security:Password"] = password ?? SecuredSystem.PasswordOf(Service.Name),
                ["Messaging:Security:Scope"] = "a-scope",
                ["Messaging:Security:CertificateAuthority"] = secured.Authority,
            });
            builder.Services.AddSingleton<TokenCredential>(new Identity(Service.Name));
            configure?.Invoke(builder);
        });
    }

    private Task Grant(ResourceType type, string name, AclOperation operation) => _operator!.CreateAclsAsync([new()
    {
        Pattern = new() { Type = type, Name = name, ResourcePatternType = ResourcePatternType.Literal },
        Entry = new() { Principal = $"User:{Service.Name}", Host = "*", Operation = operation, PermissionType = AclPermissionType.Allow },
    }]);

    private static Task TroubleOf(IHost host, string part, string says) => Eventually.See(() => host.Services.GetRequiredService<Troubles>().Of(part),
        reason => reason?.Contains(says, StringComparison.Ordinal) is true, $"{part} says '{says}'");

    private static async Task AssertDegraded(IHost host, string names)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains(report.Entries.Values, entry => entry.Description?.Contains(names, StringComparison.Ordinal) is true);
    }

    private static async Task Append(IHost host, int number)
    {
        await using var transaction = await host.Services.GetRequiredService<EventLog>().Begin(Ct);
        await transaction.Append(new StreamName("thing", Guid.CreateVersion7()), ExpectedVersion.Any, Cause.Begin(), [new(new Happened(number))], Ct);
        await transaction.Commit(Ct);
    }

    /// <summary>What Microsoft Entra is in Azure; the broker of the test takes tokens without a signature.</summary>
    private sealed class Identity(string account) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Assert.Equal(["a-scope"], requestContext.Scopes);
            var now = TimeProvider.System.GetUtcNow();
            var expires = now.AddMinutes(5);
            var claims = string.Create(CultureInfo.InvariantCulture, $$"""{"sub":"{{account}}","iat":{{now.ToUnixTimeSeconds()}},"exp":{{expires.ToUnixTimeSeconds()}}}""");
            return new($"{Encoded("""{"alg":"none"}""")}.{Encoded(claims)}.", expires);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));

        private static string Encoded(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }
}
