namespace EventDriven.AppHost;

/// <summary>What a service can ask for; a new service is one line in AppHost.cs.</summary>
internal static class ServiceExtensions
{
    extension(IResourceBuilder<ProjectResource> service)
    {
        /// <summary>A database of its own with two roles: the owner migrates, the service reads and appends.</summary>
        public IResourceBuilder<ProjectResource> WithDatabase(
            IResourceBuilder<IResourceWithConnectionString> postgres, IResourceBuilder<ProjectResource> setup, DataFolder data)
        {
            var (builder, name) = (service.ApplicationBuilder, service.Resource.Name);
            var (password, ownerPassword) = (builder.AddSecret($"{name}-password", data), builder.AddSecret($"{name}-owner-password", data));
            setup.WithEnvironment($"Roles__{name}", password).WithEnvironment($"Roles__{name}_owner", ownerPassword);
            return service
                .WithReference(builder.AddConnectionString($"{name}db", postgres.Database(name, name, password)))
                .WithReference(builder.AddConnectionString($"{name}dbowner", postgres.Database(name, $"{name}_owner", ownerPassword)));
        }

        /// <summary>The keys of personal data, as the service's own role may see them.</summary>
        public IResourceBuilder<ProjectResource> WithVault(IResourceBuilder<IResourceWithConnectionString> postgres, DataFolder data)
        {
            var (builder, name) = (service.ApplicationBuilder, service.Resource.Name);
            return service.WithReference(
                builder.AddConnectionString($"{name}vault", postgres.Database("vault", name, builder.AddSecret($"{name}-password", data))), "vaultdb");
        }

        /// <summary>A role that sees the server's state and nobody's data.</summary>
        public IResourceBuilder<ProjectResource> WithServerView(
            IResourceBuilder<IResourceWithConnectionString> postgres, IResourceBuilder<ProjectResource> setup, DataFolder data)
        {
            var (builder, name) = (service.ApplicationBuilder, service.Resource.Name);
            var password = builder.AddSecret($"{name}-password", data);
            setup.WithEnvironment($"Roles__{name}", password);
            return service.WithReference(
                builder.AddConnectionString($"{name}db", postgres.Database("postgres", name, password)), "postgres");
        }

        /// <summary>The service brings its messages to these itself, and waits; they do not hear of them from its topic.</summary>
        public IResourceBuilder<ProjectResource> CallsInline(params IReadOnlyList<IResourceBuilder<ProjectResource>> others)
        {
            foreach (var other in others)
                service.WithReference(other.WithEnvironment("Composition", "synchronous"));
            return service.WithEnvironment($"{service.Resource.Name}__Composition", "synchronous");
        }
    }
}
