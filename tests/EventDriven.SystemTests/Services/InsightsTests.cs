using System.Globalization;
using EventDriven.Contracts.Accounts;
using EventDriven.Contracts.Orders;
using EventDriven.Contracts.Signup;
using EventDriven.Insights.Counting;
using EventDriven.Log;
using EventDriven.SystemTests.BuildingBlocks;
using EventDriven.SystemTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventDriven.SystemTests.Services;

/// <summary>Insights' own counting in a service of the test, over a history that the test has made and so knows.</summary>
[Collection("broker at hand")]
public sealed class InsightsTests(BrokerAtHand system) : SubscriptionTest(system)
{
    private const int Accounts = 40, DepositsEach = 25;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Service.Also =
        [
            MessageType.Published<SubjectForgotten>($"{Service.Name}.subject-forgotten.v1", Service.Topic),
            MessageType.Published<MoneyDeposited>($"{Service.Name}.money-deposited.v1", Service.Topic),
            MessageType.Published<OrderPlaced>($"{Service.Name}.order-placed.v1", Service.Topic),
        ];
    }

    [Fact]
    public async Task Promise_6_started_for_the_first_time_after_the_topic_has_forgotten_it_has_counted_the_whole_history_and_stays_live()
    {
        var publisher = await Service.Start(sends: false); // nothing of it is on the topic
        var truth = await MakeHistory(publisher);
        var insights = await StartInsights(sends: false);
        await Sees(insights, truth);

        await TestService.Stop(publisher);
        await TestService.Stop(insights);
        insights = await StartInsights(); // now all of it comes once more, on the topic
        await Say(insights, new("account", Guid.CreateVersion7()), new MoneyDeposited(Guid.CreateVersion7(), Guid.CreateVersion7(), 1, "EUR", null));
        await Sees(insights, [.. truth, new("deposits", "EUR", 1)]);
        await Reconciles();
        await Sees(insights, [.. truth, new("deposits", "EUR", 1)]);
    }

    [Fact]
    public async Task Promise_6_a_replay_from_the_beginning_leads_to_the_same_numbers_while_others_come()
    {
        var insights = await StartInsights();
        var truth = await MakeHistory(insights);
        await Sees(insights, truth);

        Assert.Equal(System.Net.HttpStatusCode.Accepted, (await Post(Subscription + "/replay")).Status);
        truth = [.. truth, .. await MakeHistory(insights)];
        await Sees(insights, truth);
        await Reconciles();
        await Sees(insights, truth);
        await Eventually.Equal(0L, () => Service.Scalar("select count(*) from insights.additions"), "rows that are not in the totals");
        await Sees(insights, truth);
    }

    private Task<IHost> StartInsights(bool sends = true) => Service.Start(builder =>
    {
        builder.AddMigrations(typeof(Totals).Assembly);
        builder.AddCounting(Service.Name, Service.Types);
    }, sends: sends);

    /// <summary>People who deposit, in two currencies, some of whom order and some of whom are forgotten.</summary>
    private static async Task<Said[]> MakeHistory(IHost publisher)
    {
        List<Said> truth = [];
        for (var i = 0; i < Accounts; i++)
        {
            var (account, user, currency) = (Guid.CreateVersion7(), Guid.CreateVersion7(), i % 3 == 0 ? "USD" : "EUR");
            var deposits = Enumerable.Range(1, DepositsEach).Select(n => new MoneyDeposited(account, user, 100 * n + i, currency, null)).ToArray();
            await Say(publisher, new("account", account), deposits);
            truth.AddRange(deposits.Select(deposit => new Said("deposits", currency, deposit.Amount)));
            if (i % 4 == 0)
            {
                await Say(publisher, new("order", Guid.CreateVersion7()), new OrderPlaced(Guid.CreateVersion7(), user, account, 70 + i, currency, []));
                truth.Add(new("ordersPlaced", currency, 70 + i));
            }
            if (i % 5 == 0)
            {
                await Say(publisher, new("user", user), new SubjectForgotten(user), new Happened(1));
                truth.AddRange(new("usersForgotten", "", 0), new("", "", 0));
            }
        }
        return [.. truth];
    }

    private static async Task Say(IHost host, StreamName stream, params object[] said) =>
        await host.Services.GetRequiredService<EventLog>().Append(stream, ExpectedVersion.Any, Cause.Begin(), [.. said.Select(data => new NewEvent(data))], [], Ct);

    private static async Task Sees(IHost insights, params IEnumerable<Said> truth)
    {
        var totals = insights.Services.GetRequiredService<Totals>();
        var expected = Text(truth.GroupBy(said => (said.Figure, said.Currency)).Select(of => (of.Key.Figure, of.Key.Currency, of.LongCount(), of.Sum(said => (decimal)said.Amount))));
        await Eventually.Equal(expected, async () => Text((await totals.Read(Ct)).Select(total => (total.Figure, total.Currency, total.Messages, total.Amount))), "the totals", TimeSpan.FromSeconds(60));
    }

    private static string Text(IEnumerable<(string Figure, string Currency, long Messages, decimal Amount)> totals) => string.Join("; ",
        totals.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Figure} {t.Currency} {t.Messages} {t.Amount}")).Order(StringComparer.Ordinal));

    /// <summary>One message, as the totals should count it.</summary>
    private sealed record Said(string Figure, string Currency, long Amount);
}
