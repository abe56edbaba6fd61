namespace EventDriven.Dashboard;

/// <summary>A background service that others ask: one instance, under its own type.</summary>
internal static class BackgroundRegistration
{
    extension(IServiceCollection services)
    {
        public void AddBackground<T>() where T : class, IHostedService
        {
            services.AddSingleton<T>();
            services.AddHostedService(provider => provider.GetRequiredService<T>());
        }
    }
}
