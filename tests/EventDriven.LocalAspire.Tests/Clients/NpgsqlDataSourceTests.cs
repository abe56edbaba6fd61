using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventDriven.LocalAspire.Tests.Clients;

public sealed class NpgsqlDataSourceTests
{
    [Fact]
    public void A_missing_connection_string_is_told_when_the_source_is_first_asked_for()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddNpgsqlDataSource("ordersdb");
        using var host = builder.Build();

        var error = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<NpgsqlDataSource>());
        Assert.Contains("ConnectionStrings:ordersdb", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connection_string_comes_before_section_and_delegate_comes_last()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["Aspire:Npgsql:ordersdb:ConnectionString"] = "Host=section";
        builder.Configuration["ConnectionStrings:ordersdb"] = "Host=given";
        builder.AddKeyedNpgsqlDataSource("ordersdb", settings => settings.ConnectionString += ";Database=orders");
        using var host = builder.Build();

        var source = host.Services.GetRequiredKeyedService<NpgsqlDataSource>("ordersdb");
        Assert.Equal("Host=given;Database=orders", source.ConnectionString);
    }

    [Fact]
    public void Health_checks_are_named_as_Aspire_names_them_and_can_be_left_out()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddNpgsqlDataSource("ordersdb");
        builder.AddKeyedNpgsqlDataSource("vaultdb");
        builder.AddKeyedNpgsqlDataSource("ownerdb", settings => settings.DisableHealthChecks = true);
        using var host = builder.Build();

        var checks = host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;
        Assert.Equal(["PostgreSql", "PostgreSql_vaultdb"], checks.Select(check => check.Name));
    }
}
