namespace EventDriven.Experiments.Laboratory;

/// <summary>Service discovery for services of an experiment's own: a name becomes the address of whoever has it, in the lab or in the system.</summary>
internal sealed class LabDiscovery(Lab lab) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (lab.AddressOf(request.RequestUri!.Host) is { } address)
            request.RequestUri = new(address, request.RequestUri.PathAndQuery);
        return base.SendAsync(request, cancellationToken);
    }
}
