using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using EventDriven.Experiments.Laboratory;

namespace EventDriven.Experiments.Catalogue.NoTracing;

/// <summary>What a search came to.</summary>
/// <param name="LastHop">The last hop that the item made.</param>
/// <param name="LookedAt">How many messages or answers somebody had to look at.</param>
/// <param name="BecameOf">What became of it at the next one; null when that cannot be told.</param>
/// <param name="Took">How long it took.</param>
internal sealed record Found(int LastHop, int LookedAt, string? BecameOf, TimeSpan Took);

/// <summary>Two ways to look for an item that did not arrive.</summary>
internal static class Searches
{
    /// <summary>With nothing but the topics: each is read, message by message, and whoever looks has to know what is in them.</summary>
    public static Found InTheTopics(Lab lab, IReadOnlyList<LabService> stations, Guid item)
    {
        var (started, lookedAt, last) = (Stopwatch.GetTimestamp(), 0, 0);
        foreach (var message in stations.SelectMany(station => Wire.ReadAll(lab, Station.Topic(station.Name))))
        {
            lookedAt++;
            var passed = JsonDocument.Parse(message.Message.Value).RootElement;
            if (passed.GetProperty("itemId").GetGuid() == item)
                last = Math.Max(last, passed.GetProperty("hop").GetInt32());
        }
        return new(last, lookedAt, BecameOf: null, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>With the journey's id that every message carries: each service is asked once what it knows of it, and the one after the last what became of it.</summary>
    public static async Task<Found> ByTheJourney(IReadOnlyList<LabService> stations, Guid correlation, CancellationToken ct)
    {
        var (started, lookedAt) = (Stopwatch.GetTimestamp(), 0);
        List<(int Station, Hop Hop)> hops = [];
        foreach (var (n, station) in stations.Index())
        {
            hops.AddRange((await Ask<Hop[]>(station, $"/control/log/messages?correlation={correlation}&limit=500", ct)).Select(hop => (n, hop)));
            lookedAt++;
        }
        // The last is the one that caused no other.
        var causes = hops.Select(h => h.Hop.CausationId).ToHashSet();
        var (at, last) = hops.Single(h => !causes.Contains(h.Hop.MessageId));
        var next = stations[(at + 1) % stations.Count];
        var where = last.Relayed is { } relayed ? $"topic={last.Topic}&partition={relayed.Partition}&offset={relayed.Offset}" : throw new InvalidOperationException("The last message is not on its topic.");
        var answer = await Ask<State>(next, $"/control/subscriptions/{Station.Subscription(next.Name)}/messages?{where}", ct);
        return new(hops.Count, lookedAt + 1, answer.Name, Stopwatch.GetElapsedTime(started));
    }

    private static async Task<T> Ask<T>(LabService station, string path, CancellationToken ct)
    {
        using var client = station.Client();
        return (await client.GetFromJsonAsync<T>(path, ct))!;
    }

    private sealed record Hop(Guid MessageId, Guid? CausationId, string? Topic, Place? Relayed);

    private sealed record Place(int Partition, long Offset);

    private sealed record State([property: System.Text.Json.Serialization.JsonPropertyName("state")] string Name);
}
