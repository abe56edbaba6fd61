using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using EventDriven.Log;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventDriven.SystemTests.BuildingBlocks;

/// <summary>What a service gives of its log to those who miss something: only to whom it should, and never at the cost of its own work.</summary>
[Collection("in-memory broker")]
public sealed class BackfillTests(InMemorySystem system) : SubscriptionTest(system)
{
    private const int PerSecond = 500, Page = 1_000, Published = 2_500;

    [Fact]
    public async Task It_takes_its_share_of_the_services_time_and_no_more()
    {
        await StartPublisher();
        using var client = Service.Client();
        var started = Stopwatch.GetTimestamp();
        var (next, ids) = ($"/log/messages?topic={Service.Topic}&limit={Page}", new HashSet<string>());
        while (next is not null)
        {
            using var page = await client.GetAsync(next, Ct);
            if (page.StatusCode == HttpStatusCode.TooManyRequests)
                continue; // ask again
            foreach (var message in JsonNode.Parse(await page.Content.ReadAsStringAsync(Ct))!.AsArray())
                Assert.True(ids.Add(message!["id"]!.GetValue<string>()));
            next = page.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }

        Assert.Equal(Published, ids.Count);
        // The first page is there at once; what is beyond has to wait for its share.
        Assert.True(Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds((Published - Page) / PerSecond - 0.5), $"It took {Stopwatch.GetElapsedTime(started)} only.");
    }

    [Fact]
    public async Task Promise_9_too_much_at_once_is_a_429_and_nonsense_a_400_or_404()
    {
        await StartPublisher();
        using var client = Service.Client();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Status($"/log/messages?topic={Service.Topic}&limit={Page}")));
        Assert.Contains(HttpStatusCode.OK, answers);
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal(HttpStatusCode.NotFound, await Status("/log/messages?topic=nobody.events"));
        Assert.Equal(HttpStatusCode.BadRequest, await Status($"/log/messages?topic={Service.Topic}&limit=0"));
        Assert.Equal(HttpStatusCode.BadRequest, await Status($"/log/messages?topic={Service.Topic}&after=-1"));
        Assert.Equal(HttpStatusCode.BadRequest, await Status($"/log/messages?topic={Service.Topic}&stream=no%20stream"));
        client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.Unauthorized, await Status($"/log/messages?topic={Service.Topic}"));

        async Task<HttpStatusCode> Status(string path)
        {
            using var response = await client.GetAsync(path, Ct);
            return response.StatusCode;
        }
    }

    private async Task StartPublisher()
    {
        var host = await Service.Start(b => b.Configuration["Messaging:BackfillMessagesPerSecond"] = $"{PerSecond}", sends: false);
        var log = host.Services.GetRequiredService<Log.EventLog>();
        for (var i = 0; i < Published; i += 100)
            await log.Append(NewStream(), ExpectedVersion.NoStream, Cause.Begin(), [.. Enumerable.Range(i, 100).Select(n => new NewEvent(new Happened(n)))], [], Ct);
        await Eventually.Equal((long)Published, () => Service.Scalar("select count(*) from log.positions"), "positions given");
    }
}
