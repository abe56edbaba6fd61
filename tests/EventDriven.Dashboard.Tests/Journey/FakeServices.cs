using System.Net;
using System.Net.Http.Json;
using EventDriven.Dashboard.Watch;
using Microsoft.Extensions.Options;

namespace EventDriven.Dashboard.Tests.Journey;

/// <summary>The services' HTTP side: what each answers at which path; one that is told to answer nothing is down.</summary>
internal sealed class FakeServices(params string[] services) : HttpMessageHandler
{
    private readonly Dictionary<string, object> _answers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _down = new(StringComparer.Ordinal);

    public ControlClient Client => new(new HttpClient(this), Options.Create(new ControlOptions
    {
        Token = "control-token",
        Services = services.Length > 0 ? services : ["email", "recommendations", "signup"],
    }));

    public FakeServices Answers(string service, string pathAndQuery, object answer)
    {
        _answers[$"{service}{pathAndQuery}"] = answer;
        return this;
    }

    public FakeServices IsDown(string service)
    {
        _down.Add(service);
        return this;
    }

    /// <summary>What was sent, in order: service with path, who acts, and the body.</summary>
    public List<(string Address, string? Account, string Body)> Posted { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        if (_down.Contains(address.Host))
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        if (address.AbsolutePath.StartsWith("/control", StringComparison.Ordinal) && request.Headers.Authorization?.Parameter is not "control-token")
            return new HttpResponseMessage(HttpStatusCode.Unauthorized);
        if (request.Method == HttpMethod.Post)
        {
            Posted.Add(($"{address.Host}{address.PathAndQuery}", request.Headers.TryGetValues("Acting-Account", out var who) ? who.Single() : null,
                request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)));
        }

        return _answers.TryGetValue($"{address.Host}{address.PathAndQuery}", out var answer)
            ? answer as HttpResponseMessage ?? new HttpResponseMessage(HttpStatusCode.OK) { Content = JsonContent.Create(answer) }
            : new HttpResponseMessage(HttpStatusCode.NotFound);
    }
}
