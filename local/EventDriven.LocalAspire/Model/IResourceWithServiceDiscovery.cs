using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Others find its endpoints by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
