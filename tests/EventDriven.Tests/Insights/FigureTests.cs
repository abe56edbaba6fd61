using System.Text.Json;
using EventDriven.Contracts.Accounts;
using EventDriven.Insights.Counting;
using EventDriven.Insights.Summary;
using EventDriven.Log.Auditing;
using EventDriven.Tests.Contracts;

namespace EventDriven.Tests.Insights;

public sealed class FigureTests
{
    private static readonly Guid Here = Guid.CreateVersion7(), There = Guid.CreateVersion7();

    /// <summary>What a figure counts whatever is in it.</summary>
    public static TheoryData<string> Names => [.. GoldenFileTests.Types.Where(type =>
        type.ClrType != typeof(LogAnchored) && type.ClrType != typeof(TransferCompleted) && type.ClrType != typeof(TransferRefused)).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_message_is_in_a_figure_of_the_summary(string name)
    {
        var sample = JsonSerializer.SerializeToUtf8Bytes(GoldenFile.Load(name).Sample);
        var figure = Figure.Of(GoldenFileTests.Types.Single(type => type.Name == name).Read(name, sample));
        Assert.NotNull(figure);
        Assert.Contains(figure.Name, figure.Currency.Length > 0 ? Figure.OfMoney : Figure.All);
    }

    [Fact]
    public void A_transfer_whose_two_ends_say_how_it_ended_is_counted_once()
    {
        TransferCompleted Completed(Guid account) => new(account, Guid.CreateVersion7(), Guid.CreateVersion7(), Here, There, 500, "EUR");
        TransferRefused Refused(Guid account) => new(account, Guid.CreateVersion7(), Guid.CreateVersion7(), Here, There, 500, "EUR", "closed", IsReturned: true);

        Assert.Equal([null, new("transfersCompleted", "EUR", 500)], [Figure.Of(Completed(Here)), Figure.Of(Completed(There))]);
        Assert.Equal([new("transfersRefused", "EUR", 500), null], [Figure.Of(Refused(Here)), Figure.Of(Refused(There))]);
    }

    [Fact]
    public void The_summary_adds_up_over_sources_and_keeps_currencies_apart()
    {
        var (early, late) = (new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2030, 1, 2, 0, 0, 0, TimeSpan.Zero));
        var summary = CompanySummary.Of(
        [
            new("/signup", "usersSignedUp", "", 3, 0, early), new("/signup", "", "", 2, 0, late),
            new("/orders", "ordersPlaced", "EUR", 2, 7_000, early), new("/orders", "ordersPlaced", "USD", 1, 500, early),
        ]);

        Assert.Equal((3, 3, 0), (summary.Counts["usersSignedUp"], summary.Counts["ordersPlaced"], summary.Counts["deposits"]));
        Assert.Equal((7_000, 500), (summary.Sums["ordersPlaced"]["EUR"], summary.Sums["ordersPlaced"]["USD"]));
        Assert.Empty(summary.Sums["deposits"]);
        Assert.Equal([new("/signup", 5, late), new("/orders", 3, early)], summary.Sources);
    }
}
