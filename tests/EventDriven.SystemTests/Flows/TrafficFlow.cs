using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EventDriven.SystemTests.Support;

namespace EventDriven.SystemTests.Flows;

/// <summary>Traffic's customers do what people do: most of their orders go through, some do not, and the company keeps up with a crowd.</summary>
[Collection("broker at hand")]
public sealed class TrafficFlow(BrokerAtHand system) : FlowTest(system)
{
    protected override bool IsRepeated => false;

    private static readonly TimeSpan Within = TimeSpan.FromSeconds(90);

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Running.IsAvailable)
            await Change(rate: 0, new { signUp = 1 });
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Customers_shop_overspend_and_come_in_crowds_while_the_mix_is_changed()
    {
        var before = await Counts();
        await Change(rate: 2, new { shop = 1, overspend = 1 });
        await Grows(before, "ordersShipped", by: 3);
        await Grows(before, "ordersRejected", by: 2);

        await Change(rate: 0.5, new { burst = 1 });
        var crowd = await Counts();
        await Grows(crowd, "usersSignedUp", by: 20);
        await Change(rate: 0, new { burst = 1 });
        await Eventually.Get(async () => (Then: await Signups(), Now: await Later(Signups)), seen => seen.Then == seen.Now, "nobody comes any more", Within);
    }

    [Fact]
    public async Task A_mix_of_what_nobody_does_is_refused_with_the_names_of_what_they_do()
    {
        using var traffic = Running.Client("traffic");
        using var refused = await traffic.PutAsJsonAsync("/mix", new { rate = 1, mix = new { sleep = 1 } }, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("shop", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    private async Task Change(double rate, object mix)
    {
        using var traffic = Running.Client("traffic");
        using var changed = await traffic.PutAsJsonAsync("/mix", new { rate, mix }, Ct);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    private async Task Grows(JsonNode before, string figure, long by) => await Eventually.Get(
        async () => (await Counts())[figure]!.GetValue<long>() - before[figure]!.GetValue<long>(), more => more >= by, $"{figure} grows by {by}", Within);

    private async Task<JsonNode> Counts()
    {
        using var insights = Running.Client("insights");
        return (await insights.GetFromJsonAsync<JsonNode>("/summary", Ct))!["counts"]!;
    }

    private async Task<long> Signups() => (await Counts())["usersSignedUp"]!.GetValue<long>();

    private static async Task<long> Later(Func<Task<long>> ask)
    {
        await Task.Delay(TimeSpan.FromSeconds(2), Ct);
        return await ask();
    }
}
