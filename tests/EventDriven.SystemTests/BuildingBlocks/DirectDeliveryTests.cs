using System.Net;
using EventDriven.Log;
using EventDriven.Messaging;
using EventDriven.Messaging.Direct;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>Messages that their sender brings itself: the same handlers, once per message, and the sender hears how it went.</summary>
[Collection("in-memory broker")]
public sealed class DirectDeliveryTests(InMemorySystem system) : SubscriptionTest(system)
{
    [Fact]
    public async Task A_message_that_is_brought_many_times_at_once_has_its_effect_once_before_any_answer()
    {
        var (host, stream) = (await StartReceiver(), NewStream());
        await Append(host, stream, 7);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Bring(host, stream)));

        Assert.Equal([7], await Effects(stream));
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.NoContent, status));
    }

    [Fact]
    public async Task A_handler_that_fails_leaves_nothing_says_so_and_the_message_can_be_brought_again()
    {
        var (host, stream) = (await StartReceiver(), NewStream());
        await Append(host, stream, 7);
        Recorder.Also = (_, context) => context.Execute(new("select 1 / 0"));
        Assert.Equal(HttpStatusCode.InternalServerError, await Bring(host, stream));
        Assert.Empty(await Effects(stream));

        Recorder.Also = (_, _) => { };
        Assert.Equal(HttpStatusCode.NoContent, await Bring(host, stream));
        Assert.Equal([7], await Effects(stream));
    }

    [Fact]
    public async Task What_a_handler_says_is_said_once()
    {
        var (host, stream) = (await StartReceiver(), NewStream());
        await Append(host, stream, 7);
        Recorder.Also = (_, context) => context.Append(NewStream(), ExpectedVersion.NoStream, new NewEvent(new Noted(8)));
        await Bring(host, stream);
        await Bring(host, stream);

        Assert.Equal(1, await Service.Scalar("select count(*) from log.events where type like '%noted%'"));
    }

    [Fact]
    public async Task It_asks_for_the_services_token_and_is_not_there_where_nobody_takes_messages_that_way()
    {
        var (host, stream) = (await StartReceiver(), NewStream());
        await Append(host, stream, 7);
        Assert.Equal(HttpStatusCode.Unauthorized, await Bring(host, stream, showsToken: false));
        Assert.Empty(await Effects(stream));

        var other = await Service.Start();
        Assert.Equal(HttpStatusCode.NotFound, await Bring(other, stream));
    }

    private Task<IHost> StartReceiver() => Service.Start(builder =>
    {
        builder.Services.AddSingleton(Recorder);
        builder.AddDirectDelivery(Service.Name, Service.Types).Handle<Happened, Recorder.Handler>();
    });

    private async Task<HttpStatusCode> Bring(IHost host, StreamName stream, bool showsToken = true)
    {
        var recorded = (await host.Services.GetRequiredService<EventLog>().Reader.Stream(stream, fromVersion: 0, limit: 1, Ct))[0];
        using var request = host.Services.GetRequiredService<DirectMessages>().Bring(recorded);
        if (!showsToken)
            request.Headers.Authorization = null;
        using var client = Service.Client(host);
        client.DefaultRequestHeaders.Authorization = null;
        using var response = await client.SendAsync(request, Ct);
        return response.StatusCode;
    }
}
