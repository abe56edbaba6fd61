namespace EventDriven.AppHost;

/// <summary>PostgreSQL as a process of this machine.</summary>
internal sealed class PostgresProcess(string name, string command, string workingDirectory, ParameterResource password)
    : ExecutableResource(name, command, workingDirectory), IResourceWithConnectionString
{
    public ParameterResource Password { get; } = password;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={Endpoint.Property(EndpointProperty.Host)};Port={Endpoint.Property(EndpointProperty.Port)};Username=postgres;Password={Password};Database=postgres");

    private EndpointReference Endpoint => new(this, "tcp");
}
