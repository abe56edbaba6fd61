using Bunit;
using EventDriven.Dashboard.Components.Parts;
using EventDriven.Dashboard.Time;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EventDriven.Dashboard.Tests.Components;

public sealed class TimeComponentTests : BunitContext
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Noon.AddHours(1));

    public TimeComponentTests() => Services.AddSingleton<TimeProvider>(_clock);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("500", 30)]
    [InlineData("1000", 60)]
    public void The_slider_goes_from_the_beginning_to_now(string step, int minutes)
    {
        List<DateTimeOffset> chosen = [];
        var bar = Render<MomentBar>(b => b.Add(p => p.From, Noon).Add(p => p.At, Noon.AddMinutes(15)).Add(p => p.Changed, chosen.Add));
        Assert.Equal("250", bar.Find("[data-testid='moment']").GetAttribute("value"));

        bar.Find("[data-testid='moment']").Change(step);
        Assert.Equal(Noon.AddMinutes(minutes), Assert.Single(chosen));
    }

    [Fact]
    public void The_bank_says_of_each_currency_whether_it_adds_up()
    {
        BankMoment bank = new(Noon, new(Noon, [new("EUR", 2, 700, 300, 1_500, 500), new("USD", 1, 10, 0, 11, 0)], 42), []);
        var card = Render<BankCard>(c => c.Add(p => p.Bank, bank).Add(p => p.Changed, EventCallback<DateTimeOffset>.Empty));

        Assert.Equal("true", card.Find("[data-testid='bank-EUR']").GetAttribute("data-agrees"));
        Assert.Equal("false", card.Find("[data-testid='bank-USD']").GetAttribute("data-agrees"));
        Assert.Contains("position 42", card.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Before_money_moved_the_bank_says_so()
    {
        BankMoment bank = new(Noon, new(null, [], 0), []);
        Assert.Contains("No money had moved", Render<BankCard>(c => c.Add(p => p.Bank, bank).Add(p => p.Changed, EventCallback<DateTimeOffset>.Empty))
            .Find("[data-testid='bank-empty']").TextContent, StringComparison.Ordinal);
    }
}
